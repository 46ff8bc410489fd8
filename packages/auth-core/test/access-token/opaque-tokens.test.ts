import { createProof, createTestKey } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { createBearerResourceServer } from '../../src/bearer.js'
import { AuthError } from '../../src/index.js'
import type { AuthContext, OpaqueTokenContext, OpaqueTokenVerifier, ResourceServer } from '../../src/index.js'
import { AUDIENCE, createWorld, faultOf, NOW, request } from '../support.js'
import type { World } from '../support.js'

const ISSUER = 'https://issuer.test/'
const TOKEN = 'mF_9.B5f-4.1JqM'
const GOOD = { active: true, iss: ISSUER, aud: AUDIENCE, exp: NOW + 300, token_type: 'Bearer', client_id: 'app' }

interface Asked {
  readonly verifier: OpaqueTokenVerifier
  readonly tokens: string[]
  readonly contexts: OpaqueTokenContext[]
}

/** A verifier that gives one answer to all questions, and keeps these. */
function answering(answer: unknown, members: Partial<OpaqueTokenVerifier> = {}): Asked {
  const tokens: string[] = []
  const contexts: OpaqueTokenContext[] = []
  const introspect = async (token: string, context: OpaqueTokenContext): Promise<unknown> => {
    tokens.push(token)
    contexts.push(context)
    if (answer instanceof Error) throw answer
    return answer
  }
  return { tokens, contexts, verifier: { introspect, ...members } }
}

async function worldOf(answer: unknown, members: Partial<OpaqueTokenVerifier> = {}): Promise<World & Asked> {
  const asked = answering(answer, members)
  const world = await createWorld({ opaqueTokens: asked.verifier }, { issuer: ISSUER })
  return { ...world, ...asked }
}

const bearer = (token: string = TOKEN): ReturnType<typeof request> => request({ authorization: `Bearer ${token}` })

async function accepted(server: ResourceServer, token?: string): Promise<AuthContext> {
  const outcome = await server.authenticate(bearer(token))
  if (!outcome.ok || outcome.auth === null) throw new Error(outcome.ok ? 'anonymous' : outcome.error.detail)
  return outcome.auth
}

async function refused(server: ResourceServer, sent = bearer()): Promise<AuthError> {
  const outcome = await server.authenticate(sent)
  if (outcome.ok) throw new Error('accepted')
  return outcome.error
}

describe('an active token', () => {
  it('makes the context that a JWT makes', async () => {
    const more = { sub: 'alice', scope: 'read write', permissions: ['p'], roles: ['r'], gty: 'client-credentials' }
    const { server } = await worldOf({ ...GOOD, ...more })
    const auth = await accepted(server)
    expect({ ...auth }).toMatchObject({
      scheme: 'Bearer',
      issuer: ISSUER,
      subject: 'alice',
      clientId: 'app',
      scopes: ['read', 'write'],
      permissions: ['p'],
      roles: ['r'],
      clientCredentials: true,
      expiresAt: NOW + 300,
      thumbprint: undefined,
    })
    expect(auth.header).toEqual({})
    expect(auth.token).toBe(TOKEN)
    expect(auth.claims).not.toHaveProperty('active')
    expect(Object.isFrozen(auth.claims)).toBe(true)
    expect(await server.verifyAccessToken(TOKEN)).toMatchObject({ clientId: 'app' })
  })

  it('has its claims by the names of its issuer', async () => {
    const { verifier } = answering({ ...GOOD, realm_access: { roles: ['admin'] } })
    const world = await createWorld({}, { issuer: ISSUER })
    const issuers = [{ issuer: ISSUER, claims: { roles: [['realm_access', 'roles']] } }]
    const auth = await accepted(world.serve({ issuers, opaqueTokens: verifier }))
    expect(auth.roles).toEqual(['admin'])
  })

  it('may lack iss, which is then the one that was asked', async () => {
    const { iss: _, ...answer } = GOOD
    const { server } = await worldOf(answer)
    expect((await accepted(server)).issuer).toBe(ISSUER)
  })

  it('may have a type in any case', async () => {
    const { server } = await worldOf({ ...GOOD, token_type: 'bEARER' })
    expect((await accepted(server)).scheme).toBe('Bearer')
  })

  it('is asked about with the audience of this API, and is checked with each request', async () => {
    const { server, contexts, clock } = await worldOf(GOOD)
    await accepted(server)
    expect(contexts[0]).toMatchObject({ issuer: ISSUER, audience: [AUDIENCE] })
    clock.advance(306)
    expect((await refused(server)).reason).toBe('token_expired')
  })
})

describe('RFC 7662 §2.2: answers that are refused', () => {
  const { aud: _, ...noAudience } = GOOD
  const { exp: __, ...noExpiry } = GOOD
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['not active', { active: false }, 'token_invalid'],
    ['not active, though it has everything', { ...GOOD, active: false }, 'token_invalid'],
    ['of another issuer', { ...GOOD, iss: 'https://other.test/' }, 'token_invalid'],
    ['of an issuer without its slash', { ...GOOD, iss: 'https://issuer.test' }, 'token_invalid'],
    ['with iss null', { ...GOOD, iss: null }, 'token_invalid'],
    ['for another audience', { ...GOOD, aud: 'https://other.test/' }, 'token_invalid'],
    ['for a longer audience', { ...GOOD, aud: `${AUDIENCE}x` }, 'token_invalid'],
    ['for audiences that are no text', { ...GOOD, aud: [AUDIENCE, 1] }, 'token_invalid'],
    ['without audience', noAudience, 'token_invalid'],
    ['with aud null', { ...GOOD, aud: null }, 'token_invalid'],
    ['without expiry', noExpiry, 'token_invalid'],
    ['with an expiry that is text', { ...GOOD, exp: String(NOW + 300) }, 'token_invalid'],
    ['expired', { ...GOOD, exp: NOW - 6 }, 'token_expired'],
    ['not yet', { ...GOOD, nbf: NOW + 6 }, 'token_invalid'],
    ['with a scope that is a number', { ...GOOD, scope: 1 }, 'token_invalid'],
    ['with a subject that is a list', { ...GOOD, sub: ['alice'] }, 'token_invalid'],
    ['of another type', { ...GOOD, token_type: 'mac' }, 'token_invalid'],
    ['of type DPoP without a key', { ...GOOD, token_type: 'DPoP' }, 'token_invalid'],
    ['of a type that is a list', { ...GOOD, token_type: ['Bearer'] }, 'token_invalid'],
    ['a refresh token (Keycloak)', { ...GOOD, typ: 'Refresh' }, 'token_invalid'],
    ['a refresh token (Hydra)', { ...GOOD, token_use: 'refresh_token' }, 'token_invalid'],
    ['bound to a certificate', { ...GOOD, cnf: { 'x5t#S256': 'x' } }, 'token_invalid'],
    ['bound to what is no object', { ...GOOD, cnf: 'x' }, 'token_invalid'],
  ]

  it.each(rows)('%s', async (_name, answer, reason) => {
    const { server } = await worldOf(answer)
    expect((await refused(server)).reason).toBe(reason)
  })

  const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as unknown // whatever it is
  const faults: readonly (readonly [string, unknown])[] = [
    ['active as text', { ...GOOD, active: 'true' }],
    ['active as a number', { ...GOOD, active: 1 }],
    ['active missing', { ...GOOD, active: undefined }],
    ['active null', { ...GOOD, active: null }],
    ['active a promise', { ...GOOD, active: Promise.resolve(true) }],
    ['no answer', undefined],
    ['null', null],
    ['text', JSON.stringify(GOOD)],
    ['a list', [GOOD]],
    ['a map', new Map(Object.entries(GOOD))],
    ['too deep', { ...GOOD, deep }],
    ['a member __proto__', JSON.parse(JSON.stringify(GOOD).replace('{', '{"__proto__":{"admin":true},'))],
    ['an error', new TypeError('no connection')],
  ]

  it.each(faults)('%s is a fault of the issuer', async (_name, answer) => {
    const { server } = await worldOf(answer)
    expect(await refused(server)).toMatchObject({ reason: 'issuer_unavailable', status: 503, retryAfter: 1 })
  })

  it('an AuthError of the verifier is the answer', async () => {
    const { server } = await worldOf(new AuthError('issuer_timeout', { retryAfter: 7 }))
    expect(await refused(server)).toMatchObject({ reason: 'issuer_timeout', retryAfter: 7 })
  })

  it('no answer at all is a time-out', async () => {
    const introspect = (): Promise<unknown> => new Promise(() => undefined)
    const { server } = await createWorld({ opaqueTokens: { introspect, timeout: 0.01 } }, { issuer: ISSUER })
    expect((await refused(server)).reason).toBe('issuer_timeout')
  })

  it('says nothing of the token', async () => {
    const { server } = await worldOf(new Error(`cannot ask about ${TOKEN}`))
    const error = await refused(server)
    expect(error.detail).toContain('cannot ask about')
    expect(JSON.stringify([error, error.detail, String(error.cause)])).not.toContain(TOKEN)
  })
})

describe('an answer without audience', () => {
  const { aud: _, ...noAudience } = GOOD
  const { token_type: __, ...noType } = noAudience

  it('is good where the endpoint answers for this API only', async () => {
    const { server } = await worldOf(noAudience, { missingAudience: 'accept' })
    expect((await accepted(server)).claims).not.toHaveProperty('aud')
  })

  it.each([
    ['for another API', { ...GOOD, aud: 'https://other.test/' }],
    ['of null', { ...GOOD, aud: null }],
    ['of no type either, as a refresh token', noType],
  ])('but not one %s', async (_name, answer) => {
    const { server } = await worldOf(answer, { missingAudience: 'accept' })
    expect((await refused(server)).reason).toBe('token_invalid')
  })
})

describe('RFC 9449 §6.2: bound tokens', () => {
  it('need a proof of their key', async () => {
    const key = await createTestKey('ES256')
    const bound = { ...GOOD, token_type: 'DPoP', cnf: { jkt: key.thumbprint } }
    const { server, clock } = await worldOf(bound)
    const make = (more: object = {}): Promise<string> =>
      createProof({ key, url: 'https://api.test/items', accessToken: TOKEN, now: clock.now(), ...more })
    const sent = async (proof: string): ReturnType<ResourceServer['authenticate']> =>
      server.authenticate(request({ authorization: `DPoP ${TOKEN}`, dpop: proof }))
    expect(await sent(await make())).toMatchObject({ ok: true, auth: { thumbprint: key.thumbprint } })
    expect(await sent(await make({ accessToken: 'another' }))).toMatchObject({ error: { reason: 'proof_token' } })
    const other = await createTestKey('ES256')
    expect(await sent(await make({ key: other }))).toMatchObject({ error: { reason: 'key_mismatch' } })
    expect((await refused(server)).reason).toBe('token_bound')
  })

  it('of type Bearer contradict themselves', async () => {
    const { server } = await worldOf({ ...GOOD, cnf: { jkt: 'x'.repeat(43) } })
    expect((await refused(server)).detail).toContain('want DPoP')
  })

  it('a token that is not bound is none for the scheme DPoP', async () => {
    const { server } = await worldOf(GOOD)
    const error = await refused(server, request({ authorization: `DPoP ${TOKEN}`, dpop: 'x' }))
    expect(error.reason).toBe('token_unbound')
  })
})

describe('what is asked about', () => {
  it.each([
    TOKEN,
    'opaque',
    'a.b',
    'a.b.c',
    'v4.public.eyJ',
    'a.b.c.d',
    'a.b.c.d.e',
    'eyJhbGciOiJkaXIifQ.a',
    'eyJhbGciOiJkaXIifQ.a.b.c.d',
    `${'x'.repeat(16_000)}==`,
  ])('no JWT: %.20s', async (token) => {
    const { server, tokens } = await worldOf(GOOD)
    await accepted(server, token)
    expect(tokens).toEqual([token])
  })

  it('not what is malformed, too large, or a JWT', async () => {
    const { server, tokens, issuer } = await worldOf({ active: false })
    expect((await refused(server, bearer('a b'))).reason).toBe('credentials_malformed')
    expect((await refused(server, bearer('a"b'))).reason).toBe('credentials_malformed')
    expect((await refused(server, bearer('x'.repeat(16_385)))).reason).toBe('token_too_large')
    const jwt = await issuer.accessToken()
    await accepted(server, jwt)
    // A JWT that is no good stays one: its issuer is not asked whether it likes it better.
    expect((await refused(server, bearer(`${jwt.slice(0, -8)}AAAAAAAA`))).reason).toBe('token_invalid')
    const [header = ''] = jwt.split('.')
    expect((await refused(server, bearer(`${header}.x.x`))).reason).toBe('token_invalid')
    expect(tokens).toEqual([])
  })

  it('JWTs of its issuer too, where all are: whatever they say of themselves', async () => {
    const { server, tokens, issuer } = await worldOf({ active: false }, { tokens: 'all' })
    const jwt = await issuer.accessToken()
    expect((await refused(server, bearer(jwt))).detail).toContain('not active')
    expect(tokens).toEqual([jwt])
    const other = await issuer.accessToken({ claims: { iss: 'https://other.test/' } })
    expect((await refused(server, bearer(other))).detail).toContain('want a trusted issuer')
    expect(tokens).toHaveLength(1)
  })

  it('nothing without the option: as before', async () => {
    const { server } = await createWorld({}, { issuer: ISSUER })
    expect(await refused(server)).toMatchObject({ reason: 'token_invalid', status: 401 })
  })
})

describe('the option', () => {
  const { introspect } = answering(GOOD).verifier
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['text', 'secret-of-mine', 'OpaqueTokenVerifier'],
    ['a promise', Promise.resolve({ introspect }), 'OpaqueTokenVerifier'],
    ['no function', { introspect: 1 }, 'without introspect()'],
    ['another word', { introspect, tokens: 'jwt' }, 'opaqueTokens.tokens'],
    ['a yes', { introspect, missingAudience: true }, 'opaqueTokens.missingAudience'],
    ['no time', { introspect, timeout: 0 }, 'opaqueTokens.timeout'],
    ['an issuer that is not trusted', { introspect, issuer: 'https://other.test/' }, 'opaqueTokens.issuer'],
  ]

  it.each(rows)('%s is refused', async (_name, given, words) => {
    const world = await createWorld({}, { issuer: ISSUER })
    const opaqueTokens = given as OpaqueTokenVerifier // which it is not
    const { message } = await faultOf(() => world.serve({ opaqueTokens }))
    expect(message).toContain(words)
    expect(message).not.toContain('secret-of-mine')
  })

  it('names the issuer where there are several, or a function', async () => {
    const world = await createWorld({}, { issuer: ISSUER })
    const issuers = [ISSUER, 'https://other.test/']
    const { verifier } = answering(GOOD)
    await expect(faultOf(() => world.serve({ issuers, opaqueTokens: verifier }))).resolves.toBeInstanceOf(TypeError)
    const named = { ...verifier, issuer: ISSUER }
    expect((await accepted(world.serve({ issuers, opaqueTokens: named }))).issuer).toBe(ISSUER)
    const lookUp = (issuer: string): object => ({ issuer })
    expect((await accepted(world.serve({ issuers: lookUp, opaqueTokens: named }))).issuer).toBe(ISSUER)
    const untrusted = world.serve({ issuers: () => undefined, opaqueTokens: named })
    expect((await refused(untrusted)).reason).toBe('token_invalid')
  })

  it('is not part of the entry for Bearer tokens alone', () => {
    const options = { issuer: ISSUER, audience: AUDIENCE, opaqueTokens: answering(GOOD).verifier }
    expect(() => createBearerResourceServer(options)).toThrow('opaqueTokens')
  })
})
