import { fileURLToPath } from 'node:url'

import { testSettings } from '@acme/tooling/vitest'
import { defineConfig } from 'vitest/config'

// Everything on Node's own cryptography, and what touches signatures on WebCrypto as well, as other runtimes have it.
const ALL = ['test/**/*.test.ts']
const WITH_SIGNATURES = [
  'test/access-token/**/*.test.ts',
  'test/dpop/**/*.test.ts',
  'test/{compact-jws,properties,resource-server}.test.ts',
]

function on(name: 'node' | 'web', include: string[]): object {
  const implementation = fileURLToPath(new URL(`src/crypto/${name}.ts`, import.meta.url))
  return { extends: true, resolve: { alias: { '#crypto': implementation } }, test: { name, include } }
}

// Lists are added up where a project extends the root, so the root has none of files.
export default defineConfig(({ mode }) => {
  const { include: _, ...test } = testSettings(mode)
  return { test: { ...test, projects: [on('node', ALL), on('web', WITH_SIGNATURES)] } }
})
