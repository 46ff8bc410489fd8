import { describe, expect, it } from 'vitest'

import { contractCases, describeContract } from '../src/index.js'
import type { DescribeContractOptions, StartContractServer } from '../src/index.js'
import { foreignServer } from './foreign-server.js'
import type { Defects } from './foreign-server.js'

interface Result {
  readonly passed: readonly string[]
  /** The message of each failure, by `area: name`. */
  readonly failed: ReadonlyMap<string, string>
}

/** Declares the contract in a framework of its own, and runs what was declared. */
async function run(start: StartContractServer, options: DescribeContractOptions): Promise<Result> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = []
  const hooks: (() => Promise<void>)[] = []
  let area = ''
  const framework = {
    describe: (name: string, body: () => void): void => {
      area = name
      body()
    },
    it: (name: string, body: () => Promise<void>): void => void tests.push({ name: `${area}: ${name}`, body }),
    before: (body: () => Promise<void>): void => void hooks.push(body),
    after: (body: () => Promise<void>): void => void hooks.push(body),
  }
  describeContract(framework, start, { parts: ['cases', 'scenarios'], ...options })
  const [before, after] = hooks
  const [passed, failed] = [new Array<string>(), new Map<string, string>()]
  await before?.()
  for (const { name, body } of tests) {
    await body().then(
      () => passed.push(name),
      (error: unknown) => failed.set(name, String(error)),
    )
  }
  await after?.()
  return { passed, failed }
}

const broken = async (defects: Defects): Promise<readonly string[]> => [
  ...(await run(foreignServer(defects), { level: 'rfc' })).failed.keys(),
]

describe('contractCases', () => {
  const demanded = contractCases().filter(({ level }) => level === 'rfc')

  it('has a clause for each case that an RFC demands, and for no other', () => {
    for (const { level, clause, name } of contractCases()) {
      if (level === 'house') expect(clause, name).toBeUndefined()
      else expect(clause, name).toMatch(/^RFC [1-9]\d{3} §[1-9]\d*(\.[1-9]\d*)*( \([1-9]\d*\))?$/)
    }
  })

  it('knows many cases of both levels, of the RFCs that this is about', () => {
    expect(demanded.length).toBeGreaterThan(200)
    expect(demanded.length).toBeLessThan(contractCases().length)
    const rfcs = new Set(demanded.map(({ clause = '' }) => Number(clause.split(' ')[1])))
    expect(rfcs).toEqual(new Set([3986, 6750, 7515, 7517, 7519, 7662, 8705, 8725, 9068, 9110, 9440, 9449, 9470, 9700]))
  })

  it('has one case of each name in an area', () => {
    const names = contractCases().map(({ area, name }) => `${area}: ${name}`)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})

describe('level rfc', () => {
  it('is passed by a server with other words, statuses and challenges', async () => {
    const { passed, failed } = await run(foreignServer(), { level: 'rfc' })
    expect(Object.fromEntries(failed)).toEqual({})
    expect(passed.length).toBe(contractCases().filter(({ level }) => level === 'rfc').length)
  })

  it('is looser than level house, at which the same server fails', async () => {
    const { failed } = await run(foreignServer(), { only: ({ area }) => area === 'credentials' })
    expect([...failed.keys()]).toContain('credentials: no credentials')
    expect([...failed.keys()]).toContain('credentials: a bound token as Bearer')
  })

  it('is not passed by a server that accepts bad signatures', async () => {
    const names = await broken({ acceptsBadSignatures: true })
    expect(names).toContain('access tokens: a flipped signature')
    expect(names).toContain('access tokens: the key of another issuer')
    expect(names).toContain('access tokens: the token\'s alg is "none"')
  })

  it('is not passed by a server that answers 401 on an outage', async () => {
    const names = await broken({ blamesTokenForOutage: true })
    expect(names).toContain('credentials: the issuer is down before its keys were ever fetched')
    expect(names).toContain('issuers that fail at first: keys: answers 500')
  })

  it('is not passed by a server that echoes the token', async () => {
    expect(await broken({ echoesToken: true })).toContain('access tokens: a flipped signature')
  })

  it('is not passed by a server that looks at no certificate', async () => {
    const names = await broken({ ignoresCertificates: true })
    expect(names).toContain('client certificates: a token with another certificate')
    expect(names).toContain('client certificates: a token without its certificate')
    expect(names).toContain('client certificates: the header, from a peer that is no trusted proxy')
  })

  it('is not passed by a server whose challenge is malformed', async () => {
    expect(await broken({ malformsChallenge: true })).toContain('credentials: no credentials')
  })
})

it('declares what is chosen only', async () => {
  const names: string[] = []
  const start = (): never => expect.unreachable()
  const framework = {
    describe: (_name: string, body: () => void): void => body(),
    it: (name: string): void => void names.push(name),
    beforeAll: (): void => undefined,
    afterAll: (): void => undefined,
  }
  const only = ({ clause }: { readonly clause: string | undefined }): boolean => clause === 'RFC 9470 §3'
  describeContract(framework, start, { level: 'rfc', only })
  expect(names).toEqual([
    'a strong and recent login',
    'a login that is too old',
    'a login that is too weak',
    'a login that is too weak, and no scope: one challenge names both',
    'a login that is too weak, with the scope',
  ])
})
