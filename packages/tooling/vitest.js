import { defineConfig } from 'vitest/config'

/** The test settings of every package. */
export function vitestConfig({ decorators = false } = {}) {
  return defineConfig({
    // Nest reads constructor parameter types from decorator metadata.
    ...(decorators && { oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } } }),
    test: {
      include: ['test/**/*.test.ts'],
      reporters: ['dot', 'json'],
      outputFile: { json: 'reports/vitest.json' },
      // Real sockets and real processes. Limits are there to find hangs: ten times what an idle machine takes.
      testTimeout: 180_000,
      hookTimeout: 180_000,
      // Header values above Node's default of 16 KiB must reach the middleware to be refused by it.
      execArgv: ['--max-http-header-size=65536'],
    },
  })
}
