import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createResourceServer, diffReports, reportText } from '../../src/index.js'
import type { AuthOptions, ReportRow } from '../../src/index.js'
import { resolveOptions } from '../../src/options/all-options.js'
import { NOT_REPORTED, REPORT_ROWS } from '../../src/report/report-rows.js'
import { expectReport } from '../../src/review.js'

const PLAIN: AuthOptions = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }
const SECRET = 'a-secret-of-nonces-that-nobody-may-read'

function report(options: AuthOptions = {}): readonly ReportRow[] {
  return createResourceServer({ ...PLAIN, ...options }).report()
}

function row(id: string, options: AuthOptions = {}): Partial<ReportRow> {
  return report(options).find((one) => one.id === id) ?? {}
}

describe('a report', () => {
  it('says what is enforced, by whom', () => {
    expect(row('issuers')).toMatchObject({ value: ['https://tenant.auth0.com/'], enforced: true, source: 'option' })
    expect(row('audience')).toMatchObject({ value: ['https://api.example.com'], source: 'option' })
    expect(row('clock tolerance')).toMatchObject({ value: 5, source: 'default' })
    expect(row('clock tolerance', { clockTolerance: 1 })).toMatchObject({ value: 1, source: 'option' })
    expect(row('sender constraint')).toMatchObject({ value: 'allowed', enforced: false, source: 'default' })
    expect(row('sender constraint', { profile: 'fapi2' })).toMatchObject({ enforced: true, source: 'profile' })
    expect(row('proof replay', { dpop: { replay: false } })).toMatchObject({ enforced: false, source: 'option' })
    expect(row('signature')).toMatchObject({ enforced: true, source: 'always' })
  })

  it('has the same rows in the same order, each with a clause', () => {
    expect(report().map(({ id }) => id)).toEqual(report({ profile: 'fapi2' }).map(({ id }) => id))
    expect(new Set(report().map(({ id }) => id)).size).toBe(REPORT_ROWS.length)
    expect(report().filter(({ clause }) => clause === '')).toEqual([])
  })

  it('holds no secret, and nothing that cannot be written to a file', () => {
    const rows = report({ dpop: { nonce: { secret: SECRET } }, claims: schema, fetch: async () => new Response() })
    expect(JSON.stringify(rows) + reportText(rows)).not.toContain(SECRET)
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })

  it('has a row for each setting: a new one must be told, or said to be of no account', () => {
    const settings = resolveOptions({ ...PLAIN, dpop: { nonce: { secret: SECRET } } })
    // `schemes` follow from dpop.mode, and tenants are there where they are given only.
    const { schemes: _schemes, dpop, keys, ...others } = { ...settings, tenants: undefined }
    const members = (name: string, one: object): string[] => Object.keys(one).map((member) => `${name}.${member}`)
    const all = [...Object.keys(others), ...members('dpop', dpop), ...members('keys', keys)]
    const reported = new Set(REPORT_ROWS.map(({ setting }) => setting))
    expect(all.filter((name) => !reported.has(name) && !NOT_REPORTED.includes(name))).toEqual([])
  })

  it('is a table for people', () => {
    const lines = reportText(report()).split('\n')
    expect(lines[0]).toMatch(/^enforced {2}what +value +by +clause$/)
    expect(lines).toContainEqual(expect.stringMatching(/^no {8}sender constraint +allowed +default +RFC 9449 §7\.2$/))
  })
})

const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({}) } } as const

describe('a difference', () => {
  const strict: AuthOptions = {
    dpop: { mode: 'required', nonce: { secret: SECRET } },
    maxTokenAge: 60,
    claims: schema,
    publicOrigins: ['https://api.example.com'],
  }

  it.each<readonly [string, AuthOptions, string]>([
    ['sender constraint', { dpop: { ...strict.dpop, mode: 'allowed' } }, 'dropped'],
    ['nonces', { dpop: { mode: 'required' } }, 'dropped'],
    ['proof replay', { dpop: { ...strict.dpop, replay: false } }, 'dropped'],
    ['token age', { maxTokenAge: 120 }, 'changed'],
    ['claims', { claims: undefined }, 'dropped'],
    ['public origins', { publicOrigins: [] }, 'throws'],
    ['clock tolerance', { clockTolerance: 60 }, 'changed'],
    ['algorithms', { algorithms: ['RS256'] }, 'changed'],
    ['audience', { audience: ['https://api.example.com', 'https://other.example.com'] }, 'changed'],
    ['issuers', { domain: 'other.auth0.com' }, 'changed'],
    ['proof age', { dpop: { ...strict.dpop, proofMaxAge: 3000 } }, 'changed'],
    ['proof algorithms', { dpop: { ...strict.dpop, algorithms: ['ES256', 'RS256'] } }, 'changed'],
    ['token type', { tokenProfile: 'rfc9068' }, 'changed'],
    ['stale keys', { keys: { staleIfError: 100_000 } }, 'changed'],
    ['implied scopes', { scopeHierarchy: { a: 'b' } }, 'changed'],
    ['profile', { profile: 'fapi2', clockTolerance: 10 }, 'gained'],
  ])('of %s', (id, options, kind) => {
    if (kind === 'throws') return expect(() => report({ ...strict, ...options })).toThrow(TypeError)
    const found = diffReports(report(strict), report({ ...strict, ...options })).filter((one) => one.id === id)
    expect(found.map((one) => one.kind)).toEqual([kind])
  })

  it('is none between the same', () => {
    expect(diffReports(report(strict), report(strict))).toEqual([])
  })

  it('is a row that is there no more', () => {
    const rows = report()
    expect(diffReports(rows, rows.slice(1))).toEqual([expect.objectContaining({ kind: 'dropped', id: rows[0]?.id })])
    expect(diffReports(rows.slice(1), rows)).toEqual([expect.objectContaining({ kind: 'gained', id: rows[0]?.id })])
  })
})

describe('a reviewed file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'report-'))
    vi.stubEnv('CI', '')
    vi.stubEnv('UPDATE_REVIEWED', '')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it('holds what is enforced, and fails where that is less', () => {
    const file = join(folder, 'enforced.json')
    const strict = createResourceServer({ ...PLAIN, dpop: { mode: 'required' } })
    expect(() => expectReport(strict, file)).toThrow(/cannot be read: run with UPDATE_REVIEWED=1/)
    expectReport(strict, file, { update: true })
    expect(readFileSync(file, 'utf8')).toContain('"sender constraint"')
    expectReport(strict, file)
    expect(() => expectReport(createResourceServer(PLAIN), file)).toThrow(
      /enforced no longer:\n {2}sender constraint: was required, is allowed, not enforced \(dpop\.mode\)\nnot as it was reviewed:\n {2}schemes/,
    )
    vi.stubEnv('CI', 'true')
    expect(() => expectReport(createResourceServer(PLAIN), file, { update: true })).toThrow(/enforced no longer/)
  })

  it.each(['', '{}', '[1]', '[{"id":"a"}]', '[{"id":"a","setting":"b","value":{},"enforced":true}]'])(
    'that holds %j is refused',
    (text) => {
      const file = join(folder, 'bad.json')
      writeFileSync(file, text)
      expect(() => expectReport(createResourceServer(PLAIN), file)).toThrow(/is not JSON|want rows as/)
    },
  )
})
