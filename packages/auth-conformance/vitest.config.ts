import { vitestConfig } from '@acme/tooling/vitest'

// One file waits for time-outs while the next one works.
export default vitestConfig({ maxWorkers: 2, maxConcurrency: 10 })
