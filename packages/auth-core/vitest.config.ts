import { fileURLToPath } from 'node:url'

import { vitestConfig } from '@acme/tooling/vitest'
import { defineConfig, mergeConfig } from 'vitest/config'

// Everything on Node's own cryptography, and what touches signatures on WebCrypto as well, as other runtimes have it.
const onWebCrypto = ['test/access-token/**', 'test/dpop/**', 'test/{compact-jws,properties,resource-server}.test.ts']

function on(name: 'node' | 'web', include: string[]): object {
  const implementation = fileURLToPath(new URL(`src/crypto/${name}.ts`, import.meta.url))
  return { extends: true, resolve: { alias: { '#crypto': implementation } }, test: { name, include } }
}

export default mergeConfig(
  vitestConfig(),
  defineConfig({ test: { projects: [on('node', ['test/**/*.test.ts']), on('web', onWebCrypto.map(testFiles))] } }),
)

function testFiles(pattern: string): string {
  return pattern.endsWith('**') ? `${pattern}/*.test.ts` : pattern
}
