import { fileURLToPath } from 'node:url'

import { vitestConfig } from '@acme/tooling/vitest'
import { defineConfig, mergeConfig } from 'vitest/config'

const settings = vitestConfig()
const globalSetup = fileURLToPath(new URL('matrix/support/pack.ts', import.meta.url))

// What runs at the same time are compilers and bundlers, each of which takes a processor.
export default defineConfig(({ mode }) =>
  mergeConfig(settings({ mode }), { test: { globalSetup, maxConcurrency: 2, teardownTimeout: 120_000 } }),
)
