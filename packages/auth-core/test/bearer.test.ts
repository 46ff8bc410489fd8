import { describe, expect, it } from 'vitest'
import { bearerOptionsFromEnvironment, createBearerResourceServer } from '../src/bearer.js'
import type { BearerOptions } from '../src/bearer.js'
import type { ResourceRequest } from '../src/request/resource-request.js'
import { AUDIENCE, createWorld, errorOf, faultOf, request } from './support.js'
import type { RequestParts } from './support.js'

const world = await createWorld()
const { issuer, key, clock } = world
const options = { issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch }
const bearer = createBearerResourceServer(options, { now: clock.now })
const whole = world.serve({ dpop: { mode: 'disabled' } })
const token = await issuer.accessToken({ scope: 'read' })
const bound = await issuer.accessToken({ jkt: key.thumbprint })

const REQUESTS: readonly (readonly [string, RequestParts, number])[] = [
  ['a valid token', { authorization: `Bearer ${token}` }, 200],
  ['no credentials', {}, 401],
  ['Basic', { authorization: 'Basic dTpw' }, 401],
  ['two headers', { authorization: [`Bearer ${token}`, `Bearer ${token}`] }, 400],
  ['two headers in one line', { authorization: `Bearer ${token}, Bearer ${token}` }, 400],
  ['the scheme DPoP', { authorization: `DPoP ${bound}`, dpop: await world.proof(bound) }, 400],
  ['the scheme DPoP, without a binding', { authorization: `DPoP ${token}` }, 400],
  ['a bound token', { authorization: `Bearer ${bound}` }, 401],
  ['a proof beside a Bearer token', { authorization: `Bearer ${token}`, dpop: await world.proof(token) }, 400],
  ['an expired token', { authorization: `Bearer ${await issuer.accessToken({ expiresIn: -60 })}` }, 401],
  ['another audience', { authorization: `Bearer ${await issuer.accessToken({ claims: { aud: 'x' } })}` }, 401],
  ['a signature that does not match', { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` }, 401],
  ['text', { authorization: 'Bearer x' }, 401],
]

describe('createBearerResourceServer answers as createResourceServer does without DPoP', () => {
  it.each(REQUESTS)('%s', async (_, parts, status) => {
    const [sent, again] = [parts, parts].map((one) => withId(request(one)))
    if (sent === undefined || again === undefined) throw new Error('no requests')
    for (const wanted of [undefined, bearer.requirements('read'), bearer.requirements('write'), bearer.optional()]) {
      const [own, others] = [await bearer.authenticate(sent, wanted), await whole.authenticate(again, wanted)]
      expect(plain(own)).toEqual(plain(others))
      if (wanted === undefined) expect(own.ok ? 200 : own.status).toBe(status)
    }
  })

  function withId(sent: ResourceRequest): ResourceRequest {
    return { ...sent, rawHeaders: [...sent.rawHeaders, 'X-Request-Id', 'id'] }
  }

  function plain(outcome: Awaited<ReturnType<typeof bearer.authenticate>>): unknown {
    return outcome.ok ? { ...outcome, auth: { ...outcome.auth } } : { ...outcome, error: outcome.error.reason }
  }

  it('one token alone', async () => {
    expect((await bearer.verifyAccessToken(token)).claims.sub).toBe('user-1')
    expect((await errorOf(() => bearer.verifyAccessToken('x'))).reason).toBe('token_invalid')
  })
})

describe('createBearerResourceServer refuses', () => {
  it.each<readonly [string, object, RegExp]>([
    [
      'dpop.mode allowed',
      { dpop: { mode: 'allowed' } },
      /^dpop: got .*, want \{ mode: 'disabled' \} with createBearerR/,
    ],
    ['dpop.mode required', { dpop: { mode: 'required' } }, /^dpop: got /],
    ['dpop.mode undefined', { dpop: { mode: undefined } }, /^dpop: got /],
    ['other options of DPoP', { dpop: { mode: 'disabled', proofMaxAge: 1 } }, /^dpop: got /],
    [
      'publicOrigins',
      { publicOrigins: ['https://api.test'] },
      /^publicOrigins: got .*; createResourceServer takes both$/,
    ],
    ['publicUrl', { publicUrl: 'https://api.test' }, /^publicUrl: got /],
    ['a token cache', { tokenCache: 10 }, /^tokenCache: got 10/],
    ['a function as issuers', { issuer: undefined, issuers: () => undefined }, /^issuers: got /],
    [
      'a preset',
      { issuer: undefined, issuers: [{ issuer: issuer.issuer, preset: 'okta' }] },
      /^issuers\[0\]\.preset: got/,
    ],
    [
      'claims',
      { issuer: undefined, issuers: [{ issuer: issuer.issuer, claims: { roles: 'r' } }] },
      /^issuers\[0\]\.claims/,
    ],
    [
      'insecure hosts',
      { issuer: undefined, issuers: [{ issuer: issuer.issuer, insecureHosts: ['a:80'] }] },
      /^issuers\[0\]\.insecureHosts/,
    ],
    ['an unknown option', { nope: 1 }, /^options: unknown option "nope"/],
    ['no issuer', { issuer: undefined }, /^domain, issuer, issuers, tenants: got 0/],
  ])('%s', async (_, more, message) => {
    const error = await faultOf(() => createBearerResourceServer({ ...options, ...more }))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)])
  })

  it('routes that require DPoP', async () => {
    expect((await faultOf(() => bearer.requirements({ dpop: 'required' }))).message).toContain('dpop.mode')
  })
})

describe('createBearerResourceServer takes', () => {
  it.each<readonly [string, BearerOptions]>([
    ['dpop.mode disabled', { ...options, dpop: { mode: 'disabled' } }],
    ['no token cache', { ...options, tokenCache: false } as BearerOptions],
    ['a list of issuers', { issuers: [{ issuer: issuer.issuer, audience: AUDIENCE }], fetch: issuer.fetch }],
  ])('%s', async (_, given) => {
    const server = createBearerResourceServer(given, { now: clock.now })
    expect((await server.authenticate(request({ authorization: `Bearer ${token}` }))).ok).toBe(true)
  })

  it('what options lack from the environment', async () => {
    const environment = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'a', AUTH0_DPOP: 'disabled' }
    const read = bearerOptionsFromEnvironment(environment, { realm: 'x' })
    expect(read).toEqual({ domain: 'tenant.auth0.com', audience: 'a', realm: 'x', dpop: { mode: 'disabled' } })
    const required = bearerOptionsFromEnvironment({ ...environment, AUTH0_DPOP: 'required' })
    expect((await faultOf(() => createBearerResourceServer(required))).message).toMatch(/^dpop: got/)
    expect((await faultOf(() => bearerOptionsFromEnvironment({}))).message).toMatch(
      /^AUTH0_DOMAIN is .*AUTH0_AUDIENCE is/,
    )
  })
})
