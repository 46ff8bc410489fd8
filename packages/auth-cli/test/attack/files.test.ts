import { readFile, writeFile } from 'node:fs/promises'

import { freePort } from '@acme/tests-servers'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'

import { junitXml } from '../../src/attack/junit.js'
import { attacks } from './support.js'

const all = attacks()
const SEVEN_KINDS = 7

describe('--baseline', () => {
  const kinds = ['--only', 'kinds']

  it('makes known faults count no more, and mended ones', async () => {
    const [url, baseline] = [await all.credulousApi(), all.file('baseline.json')]
    const written = await all.attack(url, [...kinds, '--baseline', baseline, '--update-baseline'])
    expect(written.code).toBe(0)
    const { expectedFailures } = JSON.parse(await readFile(baseline, 'utf8')) as { expectedFailures: string[] } // as written
    expect(expectedFailures).toHaveLength(SEVEN_KINDS)

    const known = await all.attack(url, [...kinds, '--baseline', baseline])
    expect([known.code, known.stdout]).toEqual([0, expect.stringContaining('0 faults, 7 known')])
    expect(known.stdout).toContain('✗ a logout token (known)')

    await writeFile(baseline, JSON.stringify({ expectedFailures: expectedFailures.slice(1) }))
    const fresh = await all.attack(url, [...kinds, '--baseline', baseline])
    expect([fresh.code, fresh.stdout]).toEqual([1, expect.stringContaining('1 fault, 6 known')])
    const { stdout: json } = await all.attack(url, [...kinds, '--baseline', baseline, '--json'])
    expect(JSON.parse(json)).toMatchObject({ ok: false, primary: { says: expect.stringMatching(/: it is accepted$/) } })

    await writeFile(baseline, JSON.stringify({ expectedFailures }))
    const mended = await all.attack(await all.guardedApi(), [...kinds, '--baseline', baseline])
    expect([mended.code, mended.stdout]).toEqual([
      1,
      expect.stringContaining('Mended: kinds of tokens: a logout token: take it out of the baseline'),
    ])
  })

  it('says nothing of what was not tried', async () => {
    const baseline = all.file('other.json')
    await writeFile(baseline, JSON.stringify({ expectedFailures: ['access tokens: exp is missing'] }))
    expect((await all.attack(await all.guardedApi(), [...kinds, '--baseline', baseline])).code).toBe(0)
  })

  it('is not written in CI, nor after an attack that was stopped', async () => {
    const baseline = all.file('ci.json')
    const args = ['--baseline', baseline, '--update-baseline']
    const inCi = await all.attack(await all.credulousApi(), args, { environment: { CI: 'true' } })
    expect([inCi.code, inCi.stderr]).toEqual([2, expect.stringContaining('not in CI')])
    expect((await all.attack(`http://127.0.0.1:${await freePort()}/me`, args)).code).toBe(1)
    await expect(readFile(baseline)).rejects.toThrow('ENOENT')
  })

  it.each(['[]', '{"expectedFailures":[1]}', '{'])('is not %s', async (text) => {
    await writeFile(all.file('bad.json'), text)
    const { code, stderr } = await all.attack('http://127.0.0.1:1/me', ['--baseline', all.file('bad.json')])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--baseline')])
  })
})

describe('--junit', () => {
  it('is XML with each case', async () => {
    const url = await all.credulousApi()
    const { code, stdout } = await all.attack(url, ['--junit', all.file('attack.xml'), '--only', 'tokens'])
    const xml = await readFile(all.file('attack.xml'), 'utf8')
    expect([code, XMLValidator.validate(xml)]).toEqual([1, true])
    const parsed: unknown = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml)
    const { testsuites } = parsed as { testsuites: { name: string; testsuite: Record<string, string>[] } } // as JUnit has it
    expect(testsuites.name).toBe(url)
    const sum = (name: string): number => testsuites.testsuite.reduce((all, one) => all + Number(one[name]), 0)
    const [faults, , passed] = /^(\d+) faults, (\d+) warnings?, (\d+) passed/m.exec(stdout)?.slice(1).map(Number) ?? []
    expect([sum('failures'), sum('tests') - sum('skipped') >= Number(passed)]).toEqual([faults, true])
    expect(testsuites.testsuite.map(({ name }) => name)).toContain('kinds of tokens')
  })

  it('is XML, whatever came', () => {
    const hostile = '</failure>]]><![CDATA[ & "x" \u0000\u001B[2J\uD800 \uFFFE é 😀'
    const [clause, level] = ['RFC 6750 §3', 'must'] as const
    const problem = { level, clause, kind: 'challenge', says: hostile, means: hostile, mend: hostile } as const
    const told = { area: 'credentials', name: hostile, clause, outcome: 'failed', came: hostile } as const
    const results = [{ ...told, problems: [problem] }]
    const report = { ok: false, url: hostile, dpop: undefined, nonces: false, scopes: [], requests: 1, results }
    const xml = junitXml(report, { fresh: [], known: [], mended: [] })
    expect(XMLValidator.validate(xml)).toBe(true)
    const parsed: unknown = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml)
    const failure = { message: '</failure>]]><![CDATA[ & "x" ??[2J? ? é 😀' }
    expect(parsed).toMatchObject({ testsuites: { testsuite: { testcase: { failure } } } })
  })

  it('tells of an attack that was stopped', async () => {
    await all.attack(`http://127.0.0.1:${await freePort()}/me`, ['--junit', all.file('down.xml')])
    const xml = await readFile(all.file('down.xml'), 'utf8')
    expect([XMLValidator.validate(xml), xml]).toEqual([true, expect.stringContaining('no answer: ECONNREFUSED')])
  })
})
