import { createRequire } from 'node:module'

import { vitestConfig } from '@acme/tooling/vitest'
import { defineConfig, mergeConfig } from 'vitest/config'

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

const config = vitestConfig({ decorators: true })

export default defineConfig((env) => mergeConfig(config(env), { resolve: { alias } }))
