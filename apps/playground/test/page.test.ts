import { spawnSync } from 'node:child_process'

import { describe, expect, test } from 'vitest'

import { inWords } from '../src/page/challenge.js'
import { choiceFrom, hashOf, withRules } from '../src/page/choice.js'
import { curlOf } from '../src/page/curl.js'
import { abbreviated, claimInWords, decode, withOtherClaims } from '../src/page/decode.js'
import { FAULT_GROUPS, faultOf } from '../src/page/faults.js'
import { timelineOf } from '../src/page/timeline.js'
import { agree, refusalOf, usual } from '../src/page/verdict.js'
import { offeredRoutes } from '../src/server/routes.js'

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object): string => `${base64url({ alg: 'none' })}.${base64url(claims)}.c2ln`
const chosen = (hash: string) => choiceFrom(hash, offeredRoutes)

describe('the URL', () => {
  const FIRST = chosen('')

  test.each([
    '#dpop=constructor&nonce=toString',
    '#fault=__proto__&server=evil.example',
    '#route=GET http://evil.example/&scheme=Basic',
    '#%',
    '#=&&=',
  ])('has nothing that is unknown: %s', (hash) => {
    expect(chosen(hash)).toEqual(FIRST)
  })

  test('has all that is chosen, and comes back the same', () => {
    const choice = {
      dpop: 'required',
      nonce: 'off',
      route: 'DELETE /api/resource/1',
      scheme: 'DPoP',
      fault: 'replayed',
      server: 'nest/fastify',
    } as const
    expect(chosen(hashOf(choice))).toEqual(choice)
    expect(Object.keys(Object.fromEntries(new URLSearchParams(hashOf(choice).slice(1))))).toEqual(Object.keys(choice))
  })

  test('has no nonces without DPoP, the scheme of the fault, and a route where a scope may be missing', () => {
    expect(chosen('#dpop=disabled&nonce=required').nonce).toBe('off')
    expect(chosen('#fault=replayed&scheme=Bearer').scheme).toBe('DPoP')
    expect(chosen('#fault=bound-as-bearer&scheme=DPoP').scheme).toBe('Bearer')
    expect(chosen('#fault=missing-scope&route=GET+/api/private').route).toBe('GET /api/messages')
    const other = { ...FIRST, fault: 'missing-scope', route: 'DELETE /api/resource/1' }
    expect(withRules(other, offeredRoutes)).toEqual(other)
  })
})

describe('faults', () => {
  const all = FAULT_GROUPS.flatMap(({ faults }) => faults)

  test('have names of their own', () => {
    for (const name of ['id', 'label'] as const) expect(new Set(all.map((one) => one[name])).size).toBe(all.length)
  })

  test('are found by id; what is unknown is none', () => {
    for (const fault of all) expect(faultOf(fault.id)).toBe(fault)
    expect(faultOf('constructor').id).toBe('none')
  })
})

describe('a token', () => {
  test.each(['', 'x', 'a.b.c', '..', `${base64url([])}.${base64url([])}.`, 'é.é.é'])('%j is no JWT', (text) => {
    expect(decode(text)).toBeUndefined()
  })

  test('is taken apart, in UTF-8', () => {
    expect(decode(jwt({ name: 'Zoë ☃ ?>' }))).toEqual({ header: { alg: 'none' }, claims: { name: 'Zoë ☃ ?>' } })
  })

  test('is changed without its signature', () => {
    const changed = withOtherClaims(jwt({ sub: 'ada', name: 'Zoë ☃ ?>' }))
    expect(decode(changed)?.claims).toEqual({ sub: 'root', name: 'Zoë ☃ ?>' })
    expect(changed).toMatch(/^[\w-]+\.[\w-]+\.c2ln$/)
  })

  test('is shown by its ends alone', () => {
    const token = jwt({ sub: 'ada', scope: 'read:messages' })
    expect(abbreviated(token).length).toBeLessThan(20)
    expect(abbreviated('short')).toBe('short')
  })

  test.each([
    ['exp', 1000, '1000 (now)'],
    ['exp', 4601, '4601 (in 1 h)'],
    ['iat', 940, '940 (1 min ago)'],
    ['nbf', 1000 - 172_800, '-171800 (2 d ago)'],
    ['exp', 'soon', 'soon'],
    ['cnf', { jkt: 'x' }, '{"jkt":"x"}'],
    ['count', 1000, '1000'],
  ])('has %s %j in words', (name, value, told) => {
    expect(claimInWords(name, value, 1000)).toBe(told)
  })
})

const answer = (status: number, body: string, startedAt = 0, ms = 10) => ({ status, body, headers: [], startedAt, ms })

describe('a verdict', () => {
  const good = { status: '401', error: 'invalid_token', code: 'AUTH_1001', check: 'expiry' }

  test('is that all agree, or what most say', () => {
    expect(agree([good, good])).toBe(true)
    const other = { ...good, check: 'audience' }
    expect(agree([good, other])).toBe(false)
    expect(usual([other, good, good])).toEqual(good)
    expect(agree([])).toBe(true)
  })

  test.each(['', 'null', '[]', '7', '<html>', '{"error":{"a":1},"code":7}'])('of the body %s has no error', (body) => {
    expect(refusalOf(answer(401, body))).toEqual({ error: '', code: '', id: '' })
  })
})

describe('a challenge in words', () => {
  test.each([undefined, '', ',,,', '"', '='])('of %j is none', (value) => {
    expect(inWords(value)).toEqual([])
  })

  test('says what is wrong and what is wanted', () => {
    const [dpop, bearer] = inWords('DPoP algs="ES256 PS256", error="use_dpop_nonce", Bearer realm="api", scope="a b"')
    expect(dpop).toMatchObject({ scheme: 'DPoP', error: 'use_dpop_nonce' })
    expect(dpop?.sentences.join(' ')).toMatch(/takes it from DPoP-Nonce.*signed by ES256 or PS256/)
    expect(bearer).toMatchObject({ scheme: 'Bearer', error: undefined })
    expect(bearer?.sentences.join(' ')).toContain('the route wants the scope a b')
  })
})

test('the command for a shell holds its values, whatever is in them', () => {
  const evil = `Bearer '; echo pwned; '$(echo x)\`"\\`
  const command = curlOf({ method: 'GET', url: `http://127.0.0.1:1/it's`, headers: [['Authorization', evil]] })
  const { stdout } = spawnSync('sh', ['-c', command.replace(/^curl/, `printf '%s\\n'`)], { encoding: 'utf8' })
  expect(stdout.split('\n')).toEqual([
    '-sS',
    '-i',
    '-X',
    'GET',
    `http://127.0.0.1:1/it's`,
    '-H',
    `Authorization: ${evil}`,
    '',
  ])
})

describe('the timeline', () => {
  const step = (label: string, status: number, startedAt: number, ms: number) => ({
    label,
    method: 'GET',
    url: 'http://127.0.0.1:1/api/messages',
    headers: [],
    answer: answer(status, status === 401 ? '{"error":"use_dpop_nonce"}' : '{}', startedAt, ms),
  })

  test('has what a person took without a bar, and the rest in order, within the whole', () => {
    const login = [
      { label: 'Login', status: undefined, ms: 60_000 },
      { label: 'Token request', status: 200, ms: 50 },
    ]
    const moments = timelineOf(login, [step('First', 401, 1000, 10), step('Second', 200, 1020, 30)])
    expect(moments.map((one) => one.answer)).toEqual(['', '200', '401 use_dpop_nonce', '200'])
    expect(moments.map((one) => one.bar)).toEqual([
      undefined,
      { from: 0, width: 0.5 },
      { from: 0.5, width: 0.1 },
      { from: 0.7, width: 0.3 },
    ])
    expect(moments.map((one) => one.isGood)).toEqual([true, true, false, true])
  })

  test('of nothing is empty', () => {
    expect(timelineOf([], [])).toEqual([])
  })
})
