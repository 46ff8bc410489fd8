/** A test for any test runner: what was observed is to equal what is expected. */
export interface SuiteTest {
  readonly name: string
  run(): Promise<{ actual: unknown; expected: unknown }>
}
