import { vitestConfig } from '@acme/tooling/vitest'

// Each first request of a route looks through all classes with decorators of the process: these are thousands.
const alone = ['test/truth-table.test.ts']

export default vitestConfig({
  decorators: true,
  shared: true,
  alone,
  setupFiles: ['test/setup.ts'],
  maxConcurrency: 10,
})
