import { defineConfig } from 'vitest/config'

/**
 * The test settings of every package.
 *
 * With `shared`, files share a process, one after the other, which loads frameworks once: none may leave anything behind
 * that another would see. Files of `alone` have one of their own all the same, and so have those of the matrix, which measure.
 * `further` are settings for `npm test`.
 */
export function vitestConfig({ decorators = false, shared = false, alone = [], setupFiles = [], ...further } = {}) {
  return defineConfig(({ mode }) => ({
    // Nest reads constructor parameter types from decorator metadata.
    ...(decorators && { oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } } }),
    test: mode === 'matrix' || !shared ? { ...testSettings(mode), ...(mode === 'matrix' ? {} : further) } : sharing(),
  }))

  function sharing() {
    // Lists are added up where a project extends the root, so the root has none of files.
    const { include, ...settings } = testSettings('test')
    const together = { name: 'shared', include, exclude: alone, isolate: false, setupFiles }
    const projects = [together, ...(alone.length > 0 ? [{ name: 'alone', include: alone }] : [])]
    return { ...settings, ...further, projects: projects.map((test) => ({ extends: true, test })) }
  }
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
    // Elsewhere each refusal is logged, and thousands are refused here.
    env: {
      NODE_ENV: 'production',
      // Properties are tried often in the matrix.
      ...(matrix && { ACME_THOROUGH: '1' }),
    },
  }
}
