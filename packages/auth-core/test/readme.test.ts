import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { AuthError, createResourceServer } from '../src/index.js'
import type { AuthErrorReason } from '../src/index.js'
import { resolveOptions } from '../src/options/all-options.js'
import { tableBelow } from './issuer/guide.js'
import { faultOf } from './support.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const GOOD = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }

/** The names that the refusal of an unknown one lists. */
async function accepted(options: Readonly<Record<string, unknown>>): Promise<string[]> {
  const { message } = await faultOf(() => createResourceServer({ ...GOOD, ...options }))
  const [, names] = /unknown option "nope", want one of ([\w, ]+)$/.exec(message) ?? []
  return names?.split(', ') ?? []
}

const text = (cell = ''): string => cell.replaceAll('`', '')

describe('the options in the README', () => {
  const rows = tableBelow('Options', readme)
  const groups = ['dpop', 'keys', 'mtls', 'connections', 'shadow', 'traces']

  it('are those that are accepted, each once', async () => {
    const plain = await accepted({ nope: 1 })
    const members = await Promise.all(
      groups.map(async (group) => (await accepted({ [group]: { nope: 1 } })).map((name) => `${group}.${name}`)),
    )
    const names = [...plain.filter((name) => !groups.includes(name)), ...members.flat()]
    expect(names.length).toBeGreaterThan(20)
    expect(rows.map(([name]) => text(name)).toSorted()).toEqual(names.toSorted())
  })

  // What is written as code is a literal; words stand for what has none.
  const settings: unknown = resolveOptions({
    ...GOOD,
    mtls: { certificate: 'connection' },
    connections: {},
    traces: true,
  })
  const literals = rows.filter(([name, value = '']) => value.startsWith('`') && name !== '`dpop.nonce`')

  it.each(literals.map(([name, value]) => [text(name), text(value)]))(
    '%s is %s by default',
    (name = '', value = '') => {
      if (name === 'algorithms') return expectAlgorithms(value)
      const resolved = name.split('.').reduce<unknown>((object, key) => Object(object)[key], settings)
      expect(resolved).toEqual(JSON.parse(value.replaceAll("'", '"')))
    },
  )

  it('says of each what its default is', () => {
    expect(rows.filter(([, value]) => value === '')).toEqual([])
    expect(literals.length).toBeGreaterThan(12)
  })

  function expectAlgorithms(value: string): void {
    const { issuers } = resolveOptions(GOOD)
    const [issuer] = issuers.listed.values()
    expect(issuer?.algorithms).toEqual(JSON.parse(value.replaceAll("'", '"')))
  }
})

describe('the refusals in the README', () => {
  const rows = tableBelow('What a client gets', readme)

  it.each(rows.map(([reason, code, status, error]) => [text(reason), text(code), text(status), text(error)]))(
    '%s is %s',
    (reason, code, status, error) => {
      const refused = new AuthError(reason as AuthErrorReason) // the table names reasons; another one has no row in core
      expect([refused.code, String(refused.status), refused.error]).toEqual([code, status, error])
    },
  )

  it('are all that the source has', () => {
    const source = new URL('../src/', import.meta.url)
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    const codes = files.flatMap((name) =>
      [...readFileSync(new URL(name, source), 'utf8').matchAll(/'([A-Z]+_\d{4})'/g)].map(([, code = '']) => code),
    )
    expect(rows.map(([, code]) => text(code)).toSorted()).toEqual([...new Set(codes)].toSorted())
  })
})

describe('the warnings in the README', () => {
  it('are those of the events', () => {
    const events = readFileSync(new URL('../src/outcome/events.ts', import.meta.url), 'utf8')
    const [, union = ''] = /interface WarningEvent \{[\s\S]*?readonly code:([\s\S]*?)readonly detail/.exec(events) ?? []
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
    const [, listed = ''] = /^The warnings are (.*)$/m.exec(readme) ?? []
    expect(codes.length).toBeGreaterThan(4)
    expect([...listed.matchAll(/`([a-z_]+)` \(/g)].map(([, code]) => code)).toEqual(codes)
  })
})
