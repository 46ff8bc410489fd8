import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { configuration } from './support/configuration.js'

const guides = ['behind-a-proxy.md', 'mtls.md'].map((name) =>
  readFileSync(new URL(`../../../auth-core/guides/${name}`, import.meta.url), 'utf8'),
)
const blocks = [...guides.join('\n').matchAll(/^```(?:nginx|haproxy)\n(.*?)^```$/gms)].map(([, text]) => text)
const files = ['nginx', 'haproxy'].flatMap((proxy) =>
  readdirSync(new URL(`../config/${proxy}`, import.meta.url)).map((name) => `${proxy}/${name}`),
)

describe('the guides', () => {
  it.each(files)('show %s as it is tested', (file) => {
    expect(blocks).toContain(configuration(file))
  })

  it('show no other configuration', () => {
    expect(blocks).toHaveLength(files.length)
  })
})
