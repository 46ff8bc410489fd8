import { defineConfig } from 'vitest/config'

/** The test settings of every package. */
export function vitestConfig({ decorators = false } = {}) {
  return defineConfig(({ mode }) => ({
    // Nest reads constructor parameter types from decorator metadata.
    ...(decorators && { oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } } }),
    test: testSettings(mode),
  }))
}

/**
 * What `npm test` runs is in `test`; what `npm run test:matrix` runs, by `vitest run --mode matrix`, is in `matrix`.
 *
 * @param {string} mode
 */
export function testSettings(mode) {
  const matrix = mode === 'matrix'
  return {
    include: [matrix ? 'matrix/**/*.test.ts' : 'test/**/*.test.ts'],
    // Only what fails is told; the report has the rest.
    reporters: [process.stdout.isTTY ? 'dot' : 'minimal', 'json'],
    outputFile: { json: matrix ? 'reports/matrix.json' : 'reports/vitest.json' },
    // Real sockets and real processes. Limits are there to find hangs: ten times what an idle machine takes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Header values above Node's default of 16 KiB must reach the middleware to be refused by it.
    execArgv: ['--max-http-header-size=65536'],
  }
}
