import { vitestConfig } from '@acme/tooling/vitest'

export default vitestConfig({ shared: true, setupFiles: ['test/setup.ts'], maxConcurrency: 10 })
