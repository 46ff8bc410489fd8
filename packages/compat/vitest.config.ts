import { createRequire } from 'node:module'

import { vitestConfig } from '@acme/tooling/vitest'
import { mergeConfig } from 'vitest/config'

const require = createRequire(import.meta.url)

const frameworks = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'express',
  'reflect-metadata',
]

// The adapters' sources and contract servers lie next to newer versions: whoever imports, it is this package's that counts.
const alias = frameworks.map((name) => ({ find: new RegExp(`^${name}$`), replacement: require.resolve(name) }))

export default mergeConfig(vitestConfig({ decorators: true }), { resolve: { alias } })
