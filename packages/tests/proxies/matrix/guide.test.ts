import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { configuration } from './support/configuration.js'

const guide = readFileSync(new URL('../../../auth-core/guides/behind-a-proxy.md', import.meta.url), 'utf8')
const blocks = [...guide.matchAll(/^```(?:nginx|haproxy)\n(.*?)^```$/gms)].map(([, text]) => text)
const files = ['nginx', 'haproxy'].flatMap((proxy) =>
  readdirSync(new URL(`../config/${proxy}`, import.meta.url)).map((name) => `${proxy}/${name}`),
)

describe('the guide', () => {
  it.each(files)('shows %s as it is tested', (file) => {
    expect(blocks).toContain(configuration(file))
  })

  it('shows no other configuration', () => {
    expect(blocks).toHaveLength(files.length)
  })
})
