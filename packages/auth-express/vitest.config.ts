import { vitestConfig } from '@acme/tooling/vitest'

export default vitestConfig({
  shared: true,
  setupFiles: ['test/setup.ts'],
  maxConcurrency: 10,
  // In production Express prints what is thrown, and some of that cannot be printed.
  env: { NODE_ENV: 'test' },
  onConsoleLog: (line) => !line.startsWith('acme-auth: '),
})
