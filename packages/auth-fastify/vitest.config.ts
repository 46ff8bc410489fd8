import { vitestConfig } from '@acme/tooling/vitest'

// Frameworks write into the values that applications throw.
const alone = ['test/transparent.test.ts']

export default vitestConfig({ shared: true, alone, setupFiles: ['test/setup.ts'], maxConcurrency: 10 })
