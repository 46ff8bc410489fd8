import { describe, expect, it } from 'vitest'
import { shadowTable } from '../../src/index.js'
import type { AuthContext } from '../../src/outcome/auth-context.js'
import { createShadowCounts } from '../../src/shadow/shadow-report.js'
import type { ShadowAnswer, ShadowCounts } from '../../src/shadow/shadow-report.js'
import { createClock, NOW } from '../support.js'

const ISSUER = 'https://issuer.test/'
const ANSWER: ShadowAnswer = { reason: 'scope_missing', code: 'AUTH_1005', status: 403, detail: 'lacks write' }

function refuse(
  counts: ShadowCounts,
  who: Partial<AuthContext>,
  route?: string,
  answer: Partial<ShadowAnswer> = {},
): void {
  counts.decided()
  const auth = { issuer: ISSUER, tenant: undefined, clientId: undefined, ...who } as AuthContext // all that is read
  counts.refused({ ...ANSWER, ...answer }, auth, route)
}

describe('the report', () => {
  it('has a row for each reason, client, issuer, tenant and route, the most frequent first', () => {
    const clock = createClock()
    const counts = createShadowCounts(clock.now)
    refuse(counts, { clientId: 'a' })
    clock.advance(10)
    for (const route of ['/x', '/y', '/y']) refuse(counts, { clientId: 'a' }, route)
    refuse(counts, { clientId: 'a', issuer: 'https://other.test/' })
    refuse(counts, { clientId: 'a', tenant: 't' })
    refuse(counts, { clientId: 'a' }, undefined, { reason: 'token_invalid', detail: undefined })
    counts.decided()
    const { rows, ...totals } = counts.report()
    expect(totals).toEqual({ since: NOW, decided: 8, refused: 7, others: 0 })
    expect(rows).toHaveLength(6)
    expect(rows[0]).toEqual({
      reason: 'scope_missing',
      clientId: 'a',
      issuer: ISSUER,
      tenant: undefined,
      route: '/y',
      count: 2,
      first: NOW + 10,
      last: NOW + 10,
      detail: 'lacks write',
    })
  })

  it('tells when a client was refused first and last, and why last', () => {
    const clock = createClock()
    const counts = createShadowCounts(clock.now)
    refuse(counts, {})
    clock.advance(5)
    refuse(counts, {}, undefined, { detail: 'lacks more' })
    expect(counts.report().rows).toMatchObject([{ count: 2, first: NOW, last: NOW + 5, detail: 'lacks more' }])
  })

  it('is a copy', () => {
    const counts = createShadowCounts(() => NOW)
    refuse(counts, {})
    const before = counts.report()
    refuse(counts, {})
    expect(before.rows).toMatchObject([{ count: 1 }])
  })

  it('begins anew', () => {
    const clock = createClock()
    const counts = createShadowCounts(clock.now)
    refuse(counts, {})
    counts.reset()
    clock.advance(60)
    expect(counts.report()).toEqual({ since: NOW + 60, decided: 0, refused: 0, others: 0, rows: [] })
  })

  it('counts from the first request, since a Worker has no clock before', () => {
    const clock = createClock(0)
    const counts = createShadowCounts(clock.now)
    clock.advance(NOW)
    counts.decided()
    expect(counts.report().since).toBe(NOW)
  })
})

describe('the report is bounded', () => {
  it('in rows: other clients are counted together', () => {
    const counts = createShadowCounts(() => NOW)
    for (let client = 0; client < 1500; client++) refuse(counts, { clientId: `client-${client}` })
    refuse(counts, { clientId: 'client-0' })
    const { rows, refused, others } = counts.report()
    expect([rows.length, refused, others]).toEqual([1000, 1501, 500])
    expect(rows[0]).toMatchObject({ clientId: 'client-0', count: 2 })
  })

  it('in bytes, whatever is in a token or a route', () => {
    const counts = createShadowCounts(() => NOW)
    const long = '\u{1b}é"'.repeat(5000)
    refuse(counts, { issuer: long, clientId: long, tenant: long }, long, { detail: long })
    const [row] = counts.report().rows
    const texts = Object.values(row ?? {}).filter((one) => typeof one === 'string')
    expect(texts).toHaveLength(6)
    for (const text of texts) expect(text).toMatch(/^[\x20-\x7e]{1,300}$/)
  })

  it('and no choice of names makes two clients look like one', () => {
    const counts = createShadowCounts(() => NOW)
    refuse(counts, { clientId: 'a","b' }, undefined)
    refuse(counts, { clientId: 'a' }, 'b')
    refuse(counts, { clientId: undefined }, 'b')
    refuse(counts, { clientId: 'null' }, 'b')
    expect(counts.report().rows).toHaveLength(4)
  })
})

describe('the table', () => {
  it('says who would break', () => {
    const clock = createClock()
    const counts = createShadowCounts(clock.now)
    for (let sent = 0; sent < 12; sent++) refuse(counts, { clientId: 'old-app' }, '/messages/:id')
    refuse(counts, { tenant: 'acme' }, undefined, { detail: undefined })
    expect(shadowTable(counts.report())).toBe(
      [
        '13 of 13 requests since 2025-10-09T08:53:20Z would be refused',
        'requests  reason         client                                    route          last                  detail',
        '12        scope_missing  old-app of https://issuer.test/           /messages/:id  2025-10-09T08:53:20Z  lacks write',
        '1         scope_missing  unnamed of https://issuer.test/ for acme  -              2025-10-09T08:53:20Z',
      ].join('\n'),
    )
  })

  it('says that nobody would, and how many are in no row', () => {
    const counts = createShadowCounts(() => NOW)
    counts.decided()
    const report = counts.report()
    expect(shadowTable(report)).toBe('0 of 1 requests since 2025-10-09T08:53:20Z would be refused')
    expect(shadowTable({ ...report, others: 3 })).toMatch(/\nand 3 requests of other clients$/)
  })
})
