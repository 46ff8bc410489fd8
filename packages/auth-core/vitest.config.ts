import { fileURLToPath } from 'node:url'

import { testSettings } from '@acme/tooling/vitest'
import { defineConfig } from 'vitest/config'

// Everything on Node's own cryptography, and what touches signatures on WebCrypto as well, as other runtimes have it.
const ALL = ['test/**/*.test.ts']
const WITH_SIGNATURES = [
  'test/access-token/**/*.test.ts',
  'test/dpop/**/*.test.ts',
  'test/crypto/compact-jws.test.ts',
  'test/{properties,resource-server}.test.ts',
]

// They touch none.
const WITHOUT_SIGNATURES = ['test/dpop/replay/memory-replay-store.test.ts']

interface ProjectOptions {
  readonly isolate?: boolean
  readonly crypto?: 'node' | 'web'
  readonly exclude?: readonly string[]
}

function on(
  name: string,
  include: readonly string[],
  { isolate = false, crypto = 'node', exclude = [] }: ProjectOptions = {},
): object {
  const implementation = fileURLToPath(new URL(`src/crypto/${crypto}.ts`, import.meta.url))
  const test = { name, include, exclude, isolate, setupFiles: ['test/setup.ts'] }
  return { extends: true, resolve: { alias: { '#crypto': implementation } }, test }
}

// Files share processes, which saves two thirds of the time: no test may change what others see.
const node = on('node', ALL)
const web = on('web', WITH_SIGNATURES, { crypto: 'web', exclude: WITHOUT_SIGNATURES })
// They measure the memory of their process.
const alone = on('alone', ['matrix/**/*.test.ts'], { isolate: true })

// Of all tests together, a little below what they cover: it may rise.
const coverage = {
  enabled: true,
  include: ['src/**/*.ts'],
  reporter: ['text-summary', 'json-summary'],
  reportsDirectory: 'reports/coverage',
  thresholds: { lines: 98.5, branches: 96 },
}

// Lists are added up where a project extends the root, so the root has none of files.
export default defineConfig(({ mode }) => {
  const { include: _, ...settings } = testSettings(mode)
  const matrix = mode === 'matrix'
  return {
    test: { ...settings, ...(matrix && { coverage }), projects: matrix ? [alone, node, web] : [node, web] },
  }
})
