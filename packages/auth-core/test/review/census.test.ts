import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { optional, publicMark, requirements } from '../../src/index.js'
import type { GuardMark, RequirementArguments } from '../../src/index.js'
import { censusRow, censusTable, expectCensus, sortCensus } from '../../src/review.js'
import type { CensusRow } from '../../src/review.js'

const guard = (...wanted: RequirementArguments): GuardMark => ({
  kind: 'guard',
  requirements: requirements(...wanted),
})
const anonymous: GuardMark = { kind: 'guard', requirements: optional() }
const PLACE = { method: 'GET', path: '/x' }
const row = (more: Partial<CensusRow>): CensusRow => ({
  ...PLACE,
  access: 'open',
  needs: undefined,
  reason: undefined,
  ...more,
})
const guarded = row({ access: 'guarded', needs: 'any valid token' })

describe('a row', () => {
  it.each<[string, GuardMark[], boolean, Partial<CensusRow>]>([
    ['nothing', [], false, { access: 'open' }],
    ['nothing that is seen', [], true, { access: 'unseen' }],
    ['a guard', [guard('a')], false, { access: 'guarded', needs: 'scope a' }],
    ['a guard, and perhaps more', [guard('a')], true, { access: 'guarded', needs: 'scope a' }],
    ['guards', [guard(), guard('a'), guard('b'), guard('a')], false, { access: 'guarded', needs: 'scope a; scope b' }],
    ['an optional guard', [anonymous], false, { access: 'optional' }],
    ['an optional guard, and perhaps more', [anonymous], true, { access: 'unseen' }],
    ['an optional guard and one', [anonymous, guard()], false, { access: 'guarded', needs: 'any valid token' }],
    ['a reason', [publicMark('why')], false, { access: 'public', reason: 'why' }],
    ['no reason', [{ kind: 'public', reason: '' }], false, { access: 'public', reason: undefined }],
    ['a reason and a guard', [publicMark('why'), guard()], false, { access: 'guarded', needs: 'any valid token' }],
    ['a reason and an optional guard', [publicMark('why'), anonymous], false, { access: 'optional' }],
    ['a reason, and perhaps more', [publicMark('why')], true, { access: 'unseen' }],
  ])('of %s', (_name, marks, unsure, more) => {
    expect(censusRow(PLACE, { marks, unsure })).toMatchObject(row(more))
  })
})

describe('a census', () => {
  it('is in the same order, however routes were declared', () => {
    const rows = ['/b', '/a', '/B', '/a/b', '/a-b'].flatMap((path) => [row({ path, method: 'POST' }), row({ path })])
    const sorted = sortCensus(rows)
    expect(sortCensus(rows.toReversed())).toEqual(sorted)
    expect(sorted.map(({ method, path }) => `${method} ${path}`).slice(0, 4)).toEqual([
      'GET /B',
      'POST /B',
      'GET /a',
      'POST /a',
    ])
  })

  it('says of two rows of one route the less protected one', () => {
    for (const access of ['open', 'unseen', 'public', 'optional'] as const) {
      expect(sortCensus([guarded, row({ access })])).toEqual([row({ access })])
      expect(sortCensus([row({ access }), guarded])).toEqual([row({ access })])
    }
    const other = { ...guarded, needs: 'scope a' }
    expect(sortCensus([other, guarded])[0]?.needs).toBe('any valid token | scope a')
  })

  it('leaves HEAD out where it is as GET is', () => {
    expect(sortCensus([{ ...guarded, method: 'HEAD' }, guarded])).toEqual([guarded])
    expect(sortCensus([row({ method: 'HEAD' }), guarded])).toHaveLength(2)
  })

  it('is a table for people', () => {
    expect(censusTable([])).toBe('')
    expect(censusTable([guarded, row({ path: '/longer', access: 'public', reason: 'why', where: 'A.b' })])).toBe(
      'GET  /x       guarded  any valid token\nGET  /longer  public   why              A.b',
    )
  })
})

describe('the reviewed file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    vi.stubEnv('CI', '')
    vi.stubEnv('UPDATE_REVIEWED', '')
    folder = mkdtempSync(join(tmpdir(), 'census-'))
    file = join(folder, 'census.json')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  /** What is said of rows where others were reviewed. */
  function judged(reviewed: readonly CensusRow[], rows: readonly CensusRow[]): string {
    expectCensus(reviewed, file, { update: true })
    try {
      expectCensus(rows, file)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }

  it.each<[string, CensusRow[], CensusRow[]]>([
    ['the same', [row({}), guarded], [guarded, row({})]],
    ['nothing', [], []],
    ['a new guarded route', [], [guarded]],
    ['a guarded route that is gone', [guarded], []],
    ['a class that was renamed', [row({ where: 'A.b' })], [row({ where: 'B.b' })]],
  ])('allows %s', (_name, reviewed, rows) => {
    expect(judged(reviewed, rows)).toBe('')
  })

  it.each<[string, CensusRow[], CensusRow[], RegExp]>([
    ['a new open route', [guarded], [guarded, row({ path: '/y' })], /not guarded.*\n {2}GET \/y: open\n/],
    ['a new public route', [], [row({ access: 'public', reason: 'why' })], /GET \/x: public \(why\)\n/],
    ['a new optional route', [], [row({ access: 'optional' })], /GET \/x: optional\n/],
    ['a new unseen route', [], [row({ access: 'unseen' })], /GET \/x: unseen\n/],
    ['a guarded one that is open', [guarded], [row({})], /GET \/x: open, was guarded \(any valid token\)\n/],
    ['another method of a path', [guarded], [guarded, row({ method: 'PUT' })], /PUT \/x: open\n/],
    [
      'less demands',
      [{ ...guarded, needs: 'scopes a b' }],
      [{ ...guarded, needs: 'scope a' }],
      /guarded \(scope a\), was guarded \(scopes a b\)/,
    ],
    ['more demands', [guarded], [{ ...guarded, needs: 'scope a' }], /guarded \(scope a\), was/],
    [
      'a public one without a reason',
      [row({ access: 'public', reason: 'a' })],
      [row({ access: 'public' })],
      /public, was public \(a\)/,
    ],
    ['an open one that is public', [row({})], [row({ access: 'public', reason: 'a' })], /public \(a\), was open/],
    ['an open one that is gone', [row({})], [], /^[^\n]*out of date[^\n]*\n {2}GET \/x: open\n/],
    ['an open one that is guarded', [row({})], [guarded], /^[^\n]*out of date[^\n]*\n {2}GET \/x: open\n/],
  ])('refuses %s', (_name, reviewed, rows, message) => {
    expect(judged(reviewed, rows)).toMatch(message)
  })

  it('says what to do', () => {
    const message = judged([], [row({})])
    expect(message).toContain("guard it, or say publicRoute('why')")
    expect(message).toContain('UPDATE_REVIEWED=1 writes the file anew')
    expect(message.match(/GET \/x/g)).toHaveLength(1)
  })

  it('is in order, without places, and as formatters leave it', () => {
    expectCensus([row({}), { ...guarded, path: '/a', where: 'A.b' }], file, { update: true })
    const rows = [
      { method: 'GET', path: '/a', access: 'guarded', needs: 'any valid token' },
      { method: 'GET', path: '/x', access: 'open' },
    ]
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(rows, null, 2)}\n`)
  })

  it('is written where a variable asks for it, and never in CI', () => {
    expect(() => expectCensus([guarded], file)).toThrow(/cannot be read: run with UPDATE_REVIEWED=1 to write it/)
    vi.stubEnv('UPDATE_REVIEWED', '1')
    for (const ci of ['1', 'true', 'github']) {
      vi.stubEnv('CI', ci)
      expect(() => expectCensus([guarded], file)).toThrow(/cannot be read: run with UPDATE_REVIEWED=1, not in CI/)
      expect(() => expectCensus([guarded], file, { update: true })).toThrow(/cannot be read/)
    }
    vi.stubEnv('CI', 'false')
    expectCensus([guarded], file)
    vi.stubEnv('UPDATE_REVIEWED', '0')
    expectCensus([guarded], file)
  })

  it.each([
    ['', /is not JSON/],
    ['{}', /got no list/],
    ['null', /got no list/],
    ['[1]', /row 1 is not one/],
    ['[null]', /row 1 is not one/],
    ['[{"method":"GET","path":"/x","access":"closed"}]', /row 1 is not one/],
    ['[{"method":"GET","path":"/x","access":"open"},{"method":1,"path":"/x","access":"open"}]', /row 2 is not one/],
  ])('is refused where it is %j', (text, message) => {
    writeFileSync(file, text)
    expect(() => expectCensus([], file)).toThrow(message)
  })
})
