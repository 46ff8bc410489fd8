import { compactJws, createTestKey } from '@acme/auth-testing'
import type { TestKey, TestSignature } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { introspection } from '../src/index.js'
import { json, raw, startLiar } from './liar.js'
import type { Liar } from './liar.js'
import { createApi, told } from './support.js'

const AUDIENCE = 'https://api.example.com'
const MEDIA = { 'content-type': 'application/token-introspection+jwt; charset=utf-8' }
let liar: Liar
let key: TestKey
let other: TestKey

beforeAll(async () => {
  liar = await startLiar()
  key = await createTestKey('ES256')
  other = await createTestKey('ES256')
  const document = {
    issuer: liar.issuer,
    introspection_endpoint: `${liar.issuer}/ask`,
    jwks_uri: `${liar.issuer}/keys`,
    introspection_signing_alg_values_supported: ['ES256'],
  }
  liar.metadata = (response, token, request) =>
    json(request.url === '/keys' ? { keys: [key.publicJwk] } : document)(response, token, request)
})
afterAll(() => liar.close())

interface Changes {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly introspected?: unknown
  readonly byAnother?: boolean
  readonly signature?: TestSignature
}

/** RFC 9701 §5. */
async function answer({
  header,
  claims,
  introspected,
  byAnother = false,
  signature = 'valid',
}: Changes): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const token = { active: true, iss: liar.issuer, aud: AUDIENCE, exp: now + 300, token_type: 'Bearer' }
  return compactJws({
    key: byAnother ? other : key,
    header: { typ: 'token-introspection+jwt', alg: 'ES256', kid: key.kid, ...header },
    payload: { iss: liar.issuer, aud: 'api', iat: now, token_introspection: introspected ?? token, ...claims },
    signature,
  })
}

async function outcome(body: string): Promise<readonly [number, string[]]> {
  const opaqueTokens = introspection({ clientId: 'api', clientSecret: 's', signed: true })
  const { get, events } = createApi({ issuer: liar.issuer, audience: AUDIENCE, opaqueTokens })
  liar.lie = raw(body, MEDIA)
  const [status] = await get('a-token')
  return [status, told(events)]
}

describe('RFC 9701: a signed answer', () => {
  it('is good', async () => {
    expect(await outcome(await answer({}))).toEqual([200, []])
  })

  const rows: readonly (readonly [string, Changes])[] = [
    ['by another key', { byAnother: true }],
    ['tampered with', { signature: 'flipped' }],
    ['without signature', { signature: 'none' }],
    ['of alg none', { header: { alg: 'none' }, signature: 'none' }],
    ['by an algorithm that the issuer does not have', { header: { alg: 'RS256' } }],
    ['by the client secret', { header: { alg: 'HS256' } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['that is an access token', { header: { typ: 'at+jwt' } }],
    ['with crit', { header: { crit: ['x'], x: 1 } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['for the audience of the token', { claims: { aud: AUDIENCE } }],
    ['of another issuer', { claims: { iss: 'https://other.example.com' } }],
    ['without time', { claims: { iat: undefined } }],
    ['without content', { claims: { token_introspection: undefined } }],
    ['with text as content', { introspected: 'active' }],
    ['with active as text', { introspected: { active: 'true' } }],
  ]

  it.each(rows)('%s is none: 503', async (_name, changes) => {
    const [status, events] = await outcome(await answer(changes))
    expect(status).toBe(503)
    expect(events).toEqual([expect.stringMatching(/^failed: an answer that cannot be used/)])
  })

  it('is checked as any other: a token for another audience is refused', async () => {
    const exp = Math.floor(Date.now() / 1000) + 300
    const [status] = await outcome(await answer({ introspected: { active: true, aud: 'api', exp } }))
    expect(status).toBe(401)
  })

  it('is not taken from JSON', async () => {
    const opaqueTokens = introspection({ clientId: 'api', clientSecret: 's', signed: true })
    const { get } = createApi({ issuer: liar.issuer, audience: AUDIENCE, opaqueTokens })
    liar.lie = json({ active: true, aud: AUDIENCE, exp: Date.now() })
    expect((await get('x'))[0]).toBe(503)
  })
})
