import { describe, expect, it } from 'vitest'
import { createIssuerTable } from '../../src/issuer/issuer-table.js'
import type { IssuerTable, KnownIssuer } from '../../src/issuer/issuer-table.js'
import type { IssuerKeys } from '../../src/issuer/trusted-issuers-types.js'
import { resolveIssuers } from '../../src/issuer/resolve-issuers.js'
import { readIssuerForm } from '../../src/issuer/issuer-form.js'
import { staticKeySet } from '../../src/issuer/static-key-set.js'

const [trusted] = resolveIssuers(
  { issuer: 'https://a.test/', audience: 'a' },
  ['ES256'],
  readIssuerForm,
).listed.values()

/** An issuer with so many keys. */
function known(keys = 1): KnownIssuer<IssuerKeys> {
  if (trusted === undefined) throw new Error('one was listed')
  const keySet = staticKeySet(
    trusted.issuer,
    Array.from({ length: keys }, () => ({})),
    ['ES256'],
  )
  return { keys: { trusted, keySet }, until: 0, used: 0, deleted: false }
}

function names(table: IssuerTable<IssuerKeys>): string[] {
  return table.entries().map(([name]) => name)
}

function full(proven: number, unproven: number, keys = 100): IssuerTable<IssuerKeys> {
  return createIssuerTable({ proven, unproven, keys }, ({ keySet }) => keySet.status().keys)
}

describe('a table of issuers', () => {
  it('keeps those that were used last', () => {
    const table = full(3, 3)
    for (const name of ['a', 'b', 'c']) {
      const entry = known()
      table.add(name, entry)
      table.prove(name, entry)
    }
    table.get('a')
    const entry = known()
    table.add('d', entry)
    table.prove('d', entry)
    expect(names(table)).toEqual(['a', 'c', 'd'])
  })

  it('never gives up one whose keys were had for one whose were not', () => {
    const table = full(2, 2)
    const entry = known()
    table.add('a', entry)
    table.prove('a', entry)
    for (const name of ['x', 'y', 'z']) table.add(name, known())
    expect(names(table)).toEqual(['a', 'y', 'z'])
  })

  it('is bounded in keys', () => {
    const table = full(10, 10, 5)
    for (const [name, keys] of [
      ['a', 2],
      ['b', 2],
      ['c', 3],
      ['d', 100],
    ] as const) {
      const entry = known(keys)
      table.add(name, entry)
      table.prove(name, entry)
      // One that is too large alone serves all the same: it is trusted.
      expect(names(table)).toEqual({ a: ['a'], b: ['a', 'b'], c: ['b', 'c'], d: ['d'] }[name])
    }
  })

  it('takes one back that was pushed out while its keys were fetched', () => {
    const table = full(2, 1)
    const entry = known()
    table.add('a', entry)
    table.add('x', known())
    expect(table.get('a')).toBe(undefined)
    table.prove('a', entry)
    expect(table.get('a')).toBe(entry)
  })

  it('does not take one back that was taken off, or replaced', () => {
    const table = full(2, 2)
    const entry = known()
    table.add('a', entry)
    table.delete('a')
    table.prove('a', entry)
    expect(table.get('a')).toBe(undefined)
    const next = known()
    table.add('a', next)
    table.prove('a', entry)
    expect(table.get('a')).toBe(next)
  })
})
