import { createTestKey } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../src/index.js'
import { createBearerResourceServer } from '../../src/bearer.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import { AUDIENCE, NOW, createWorld, faultOf, request, verdict } from '../support.js'

const world = await createWorld()
const { issuer } = world
const RESOURCE = { resource: AUDIENCE }
const plain = world.serve()
const fapi2 = world.serve({ profile: 'fapi2' })
const mcp = world.serve({ profile: 'mcp', resourceMetadata: RESOURCE })

async function messageOf(options: object): Promise<string> {
  return (await faultOf(() => world.serve(options))).message
}

describe('fapi2: passes without the profile, and is refused with it', () => {
  it('a Bearer token', async () => {
    const bearer = request({ authorization: `Bearer ${await issuer.accessToken()}` })
    expect(verdict(await plain.authenticate(bearer))).toBe('accepted')
    expect(verdict(await fapi2.authenticate({ ...bearer, identity: {} }))).toBe('400 dpop_required')
  })

  it('a token by RS256', async () => {
    const rsa = await createWorld({}, { algorithm: 'RS256' })
    const strict = rsa.serve({ profile: 'fapi2' })
    expect(verdict(await rsa.server.authenticate(await rsa.dpopRequest()))).toBe('accepted')
    expect(verdict(await strict.authenticate(await rsa.dpopRequest()))).toBe('401 token_invalid')
  })

  it('a proof by ES384, where it was accepted', async () => {
    const other = await createTestKey('ES384')
    const token = await issuer.accessToken({ jkt: other.thumbprint })
    const dpop = await world.proof(token, { key: other })
    const parts = { authorization: `DPoP ${token}`, dpop }
    const lax = world.serve({ dpop: { algorithms: ['ES384'] } })
    expect(verdict(await lax.authenticate(request(parts)))).toBe('accepted')
    expect(verdict(await fapi2.authenticate(request(parts)))).toBe('400 proof_malformed')
  })

  it('a proof 25 seconds ahead; one 10 ahead passes', async () => {
    expect(verdict(await plain.authenticate(await world.dpopRequest({ now: NOW + 25 })))).toBe('accepted')
    expect(verdict(await fapi2.authenticate(await world.dpopRequest({ now: NOW + 25 })))).toBe('400 proof_time')
    expect(verdict(await fapi2.authenticate(await world.dpopRequest({ now: NOW + 10 })))).toBe('accepted')
  })
})

describe('mcp: passes without the profile, and is refused with it', () => {
  it('a bad proof is answered with 401', async () => {
    expect(verdict(await plain.authenticate(await world.dpopRequest({ method: 'POST' })))).toBe('400 proof_method')
    expect(verdict(await mcp.authenticate(await world.dpopRequest({ method: 'POST' })))).toBe('401 proof_method')
  })

  it('a proof older than five minutes', async () => {
    expect(verdict(await plain.authenticate(await world.dpopRequest({ now: NOW - 301 })))).toBe('accepted')
    expect(verdict(await mcp.authenticate(await world.dpopRequest({ now: NOW - 301 })))).toBe('401 proof_time')
    expect(verdict(await mcp.authenticate(await world.dpopRequest({ now: NOW - 300 })))).toBe('accepted')
  })

  it('an audience that is the resource but for a slash or case is explained', async () => {
    const token = await issuer.accessToken({ claims: { aud: AUDIENCE.slice(0, -1) } })
    expect(verdict(await mcp.authenticate(request({ authorization: `Bearer ${token}` })))).toBe('401 token_invalid')
    expect(JSON.stringify(world.events.at(-1))).toContain('a slash at the end')
  })

  it('takes the audience from the resource', async () => {
    const { issuer: name } = issuer
    const own: AuthOptions = { profile: 'mcp', issuer: name, audience: undefined, resourceMetadata: RESOURCE }
    const token = await issuer.accessToken()
    expect(verdict(await world.serve(own).authenticate(request({ authorization: `Bearer ${token}` })))).toBe('accepted')
  })
})

describe('options that contradict', () => {
  const issuers = [{ issuer: issuer.issuer, algorithms: ['RS256'] }]
  it.each<[string, object]>([
    ['dpop.mode', { profile: 'fapi2', dpop: { mode: 'allowed' } }],
    ['algorithms', { profile: 'fapi2', algorithms: ['ES256', 'RS256'] }],
    ['algorithms', { profile: 'fapi2', issuers }],
    ['dpop.algorithms', { profile: 'fapi2', dpop: { algorithms: ['ES384'] } }],
    ['clockTolerance', { profile: 'fapi2', clockTolerance: 61 }],
    ['dpop.clockTolerance', { profile: 'fapi2', dpop: { clockTolerance: 61 } }],
    ['resourceMetadata', { profile: 'mcp' }],
    ['audience', { profile: 'mcp', resourceMetadata: RESOURCE, audience: [AUDIENCE, 'other'] }],
    ['audience', { profile: 'mcp', resourceMetadata: RESOURCE, audience: AUDIENCE.slice(0, -1) }],
    ['dpop.proofErrorStatus', { profile: 'mcp', resourceMetadata: RESOURCE, dpop: { proofErrorStatus: 400 } }],
    ['dpop.proofMaxAge', { profile: 'mcp', resourceMetadata: RESOURCE, dpop: { proofMaxAge: 300 } }],
  ])('%s %o', async (option, options) => {
    const message = await messageOf(options)
    expect(message.startsWith(`${option}: got `)).toBe(true)
    expect(message).toMatch(/ with profile '(fapi2|mcp)' \(.+\)$/)
  })

  it.each(['FAPI2', '', 'toString', '__proto__', null, undefined, {}, ['mcp']])('profile %o', async (profile) => {
    expect(await messageOf({ profile })).toMatch(/^profile: got /)
  })

  it('are refused of what a function answers for an issuer: 503', async () => {
    const answer = { issuer: issuer.issuer, algorithms: ['ES256', 'RS256'] } as const
    const strict = world.serve({ profile: 'fapi2', issuers: () => answer })
    const decided = strict.authenticate(await world.dpopRequest())
    const outcome = await decided.then(verdict, () => 'fault')
    expect(['503 issuer_unavailable', 'fault']).toContain(outcome)
  })

  it('are no matter for Bearer tokens alone, where profiles are refused', async () => {
    const options: object = { issuer: issuer.issuer, audience: AUDIENCE, profile: 'fapi2' }
    expect((await faultOf(() => createBearerResourceServer(options))).message).toMatch(/^profile: got /)
  })

  it('stricter values stand', async () => {
    const strict = { profile: 'fapi2', algorithms: ['ES256'], dpop: { algorithms: ['ES256'], proofMaxAge: 5 } } as const
    expect(verdict(await world.serve(strict).authenticate(await world.dpopRequest()))).toBe('accepted')
    expect(verdict(await world.serve(strict).authenticate(await world.dpopRequest({ now: NOW - 16 })))).toBe(
      '400 proof_time',
    )
  })
})

it('a profile is refused where there are tenants, each of which has settings of its own', async () => {
  const tenants = [{ id: 'a', hosts: ['a.example.com'], issuer: 'https://issuer.test/', audience: AUDIENCE }]
  const fault = await faultOf(() => createResourceServer({ profile: 'fapi2', tenants }))
  expect([fault.name, fault.message]).toEqual(['TypeError', 'profile: got "fapi2", want none where there are tenants'])
})
