import { createTestKey } from '@acme/auth-testing'
import type { AccessTokenOptions, ProofOptions, TestKey } from '@acme/auth-testing'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/outcome/reasons.js'
import type { AuthErrorReason } from '../../src/index.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import { REPORT_ROWS } from '../../src/report/report-rows.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { CHECKS, failedCheck } from '../../src/traces/checks.js'
import type { Trace } from '../../src/traces/trace-types.js'
import { bearer, createWorld, NOW, refused, request } from '../support.js'

// The table of checks against the code that makes them.

const reasons = Object.keys(REASONS) as AuthErrorReason[] // of that object

describe('the table of checks', () => {
  it('has each reason, with a fix', () => {
    for (const reason of reasons) {
      const fixes = CHECKS.flatMap(({ reasons: own }) => own[reason] ?? [])
      expect([reason, fixes.length > 0, fixes.every((fix) => fix.length > 10)]).toEqual([reason, true, true])
      expect(failedCheck(reason)?.reasons[reason]).toBeTypeOf('string')
    }
  })

  it('names each check once, and rows of the report that there are', () => {
    const names = CHECKS.map(({ check }) => check)
    expect(new Set(names).size).toBe(names.length)
    const rows = REPORT_ROWS.map(({ id }) => id)
    for (const { check, row } of CHECKS)
      if (row !== undefined) expect([check, rows.includes(row)]).toEqual([check, true])
  })

  it('tells checks with the same reason apart: one of them at most without a detail', () => {
    for (const reason of reasons) {
      const rows = CHECKS.filter(({ reasons: own }) => own[reason] !== undefined)
      const open = rows.filter(({ detail }) => detail === undefined)
      expect([reason, rows.length === 1 || open.length <= 1]).toEqual([reason, true])
    }
  })
})

const world = await createWorld({ traces: true }, { issuer: 'https://issuer.test/' })
const { issuer, key } = world
const [stranger, third] = await Promise.all([createTestKey('ES256'), createTestKey('ES256')])
const { kid: KID } = decodeProtectedHeader(await issuer.accessToken())
const NONCE = { secret: 's'.repeat(32), mode: 'required' } as const
const schema = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
} as const

/** What a fault needs beside a bad token or proof. */
interface Needs {
  readonly options?: Partial<AuthOptions>
  readonly scopes?: string
}
type TokenOptions = Required<Pick<AccessTokenOptions, 'claims' | 'header'>> & { key?: TestKey; cut?: boolean }
type TokenFault = readonly [check: string, spoil: (token: TokenOptions) => unknown, needs?: Needs]
const none = (): undefined => undefined

// In the order of the checks, each beside which all later ones may be.
const TOKEN_FAULTS: readonly TokenFault[] = [
  ['scheme', none, { options: { dpop: { mode: 'required' } } }],
  ['token form', (token) => (token.cut = true)],
  ['issuer', ({ claims }) => (claims['iss'] = 'https://stranger.test/')],
  ['token type', ({ header }) => (header['typ'] = 'dpop+jwt')],
  ['algorithm', ({ header }) => (header['alg'] = 'HS256')],
  ['key id', ({ header }) => (header['kid'] = 7)],
  ['expiry', ({ claims }) => (claims['exp'] = NOW - 60)],
  ['key', ({ header }) => (header['kid'] = 'unknown')],
  ['signature', (token) => (token.key = stranger)],
  ['claim types', ({ claims }) => (claims['sub'] = 7)],
  ['token kind', ({ claims }) => (claims['at_hash'] = 'x')],
  ['audience', ({ claims }) => (claims['aud'] = 'https://other.test/')],
  ['profile claims', ({ claims }) => (claims['client_id'] = undefined), { options: { tokenProfile: 'rfc9068' } }],
  ['not before', ({ claims }) => (claims['nbf'] = NOW + 600)],
  ['token age', ({ claims }) => (claims['iat'] = NOW - 9000), { options: { maxTokenAge: 60 } }],
  ['claims', none, { options: { claims: schema } }],
  ['revocation', none, { options: { revocation: { name: 'test', check: () => true } } }],
  ['binding', ({ claims }) => (claims['cnf'] = { jwk: {} })],
  ['requirements', none, { scopes: 'read' }],
]

type ProofFault = readonly [check: string, spoil: (proof: Proof) => unknown, needs?: Needs]
interface Proof extends Required<Pick<ProofOptions, 'claims' | 'header'>> {
  key: TestKey
  method?: string
  url?: string
  cut?: boolean
  twice?: boolean
}

const PROOF_FAULTS: readonly ProofFault[] = [
  ['one proof', (proof) => (proof.twice = true)],
  ['proof form', (proof) => (proof.cut = true)],
  ['proof type', ({ header }) => (header['typ'] = 'JWT')],
  ['proof algorithm', ({ header }) => (header['alg'] = 'RS256')],
  ['proof key', ({ header }) => (header['jwk'] = { kty: 'oct', k: 'AA' })],
  ['key of the token', ({ header }) => (header['jwk'] = stranger.publicJwk)],
  ['proof signature', (proof) => (proof.key = third)],
  ['proof method', (proof) => (proof.method = 'POST')],
  ['proof URL', (proof) => (proof.url = 'https://other.test/')],
  ['proof time', ({ claims }) => (claims['exp'] = NOW - 600)],
  ['proof id', ({ claims }) => (claims['jti'] = 7)],
  ['proof token', ({ claims }) => (claims['ath'] = 'x')],
  ['nonce', none, { options: { dpop: { nonce: NONCE } } }],
  ['replay', none, { options: { dpop: { replay: { reserve: () => 'seen' } } } }],
  ['requirements', none, { scopes: 'read' }],
]

async function withToken(faults: readonly TokenFault[]): Promise<ResourceRequest> {
  const token: TokenOptions = { claims: { jti: 'j', client_id: 'c' }, header: { kid: KID, alg: 'ES256' } }
  // The later first, so that the earlier stand.
  for (const [, spoil] of faults.toReversed()) spoil(token)
  const { cut, ...options } = token
  const text = await issuer.accessToken(options)
  return bearer(cut === true ? text.slice(0, text.lastIndexOf('.')) : text)
}

async function withProof(faults: readonly ProofFault[]): Promise<ResourceRequest> {
  const made: Proof = { claims: {}, header: { jwk: key.publicJwk }, key }
  for (const [, spoil] of faults.toReversed()) spoil(made)
  const { cut, twice, ...options } = made
  const accessToken = await issuer.accessToken({ jkt: key.thumbprint })
  const text = await world.proof(accessToken, options)
  const proof = cut === true ? text.slice(0, text.lastIndexOf('.')) : text
  return request({ authorization: `DPoP ${accessToken}`, dpop: twice === true ? [proof, proof] : proof })
}

async function traceOf(sent: ResourceRequest, needs: readonly (Needs | undefined)[]): Promise<Trace> {
  const options = needs.map((one) => one?.options ?? {})
  const dpop = Object.assign({}, ...options.map((one) => one.dpop)) as AuthOptions['dpop'] // of its parts
  const server = world.serve({ ...Object.assign({}, ...options), dpop, traces: true })
  const scopes = needs.flatMap((one) => one?.scopes ?? [])
  const { error } = refused(await server.authenticate(sent, server.requirements(...scopes)))
  const trace = await server.trace(error.correlationId ?? '')
  if (trace === undefined) throw new Error('no trace')
  expect(trace.reason).toBe(error.reason)
  return trace
}

/** The check that failed; all before it passed, and none after it was reached. */
function failed({ checks }: Trace): string | undefined {
  const at = checks.findIndex(({ outcome }) => outcome === 'failed')
  expect(checks.map(({ outcome }) => outcome)).toEqual(
    checks.map((_, index) => (index < at ? 'passed' : index === at ? 'failed' : 'not reached')),
  )
  return checks[at]?.check
}

function pairs<Fault>(faults: readonly Fault[]): (readonly [Fault, Fault])[] {
  return faults.flatMap((one, index) => faults.slice(index + 1).map((other) => [one, other] as const))
}

describe('of two faults the first check in the table refuses', () => {
  it.each(pairs(TOKEN_FAULTS).map(([one, other]) => [one[0], other[0], one, other] as const))(
    '%s before %s',
    async (name, later, one, other) => {
      const trace = await traceOf(await withToken([one, other]), [one[2], other[2]])
      expect(failed(trace)).toBe(name)
      expect(trace.checks.some(({ check }) => check === later)).toBe(true)
    },
  )

  it.each(pairs(PROOF_FAULTS).map(([one, other]) => [one[0], other[0], one, other] as const))(
    '%s before %s',
    async (name, later, one, other) => {
      const trace = await traceOf(await withProof([one, other]), [one[2], other[2]])
      expect(failed(trace)).toBe(name)
      expect(trace.checks.some(({ check }) => check === later)).toBe(true)
    },
  )

  it.each([
    ['credentials', { authorization: ['Bearer a', 'Bearer a'] }],
    ['credentials', {}],
    ['scheme', { authorization: 'Bearer a.b' }],
  ])('%s before what is looked into later', async (name, parts) => {
    expect(failed(await traceOf(request(parts), [{ options: { dpop: { mode: 'required' } } }]))).toBe(name)
  })

  it('all of the token comes before the proof', async () => {
    const accessToken = await issuer.accessToken({ jkt: key.thumbprint, claims: { aud: 'x' } })
    const sent = request({ authorization: `DPoP ${accessToken}`, dpop: 'a.b' })
    const trace = await traceOf(sent, [])
    expect(failed(trace)).toBe('audience')
    expect(trace.checks.at(-1)?.check).toBe('requirements')
  })

  it('every check of both lists is in the table, in that order', () => {
    const listed = CHECKS.map(({ check }) => check)
    for (const faults of [TOKEN_FAULTS, PROOF_FAULTS]) {
      const places = faults.map(([check]) => listed.indexOf(check))
      expect(places).toEqual(places.toSorted((one, other) => one - other))
      expect(places).not.toContain(-1)
    }
  })
})
