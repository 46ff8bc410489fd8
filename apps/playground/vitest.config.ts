import { vitestConfig } from '@acme/tooling/vitest'

export default vitestConfig()
