import { vitestConfig } from '@acme/tooling/vitest'

// A process warns of many resource servers once.
const alone = ['test/many-servers.test.ts']

export default vitestConfig({ shared: true, alone, setupFiles: ['test/setup.ts'], maxConcurrency: 10 })
