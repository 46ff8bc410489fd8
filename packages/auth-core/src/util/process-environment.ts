/** The variables of the process: none where the runtime has no process. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  // Not every runtime has `process`; where there is none, the error names the missing variable.
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } } // optional on purpose
  return process?.env ?? {}
}

/** Where `NODE_ENV` says so, and in any runtime that has no process, such as Workers. */
export function inProduction(): boolean {
  const { process } = globalThis as { process?: unknown } // as above
  return process === undefined || processEnvironment()['NODE_ENV'] === 'production'
}
