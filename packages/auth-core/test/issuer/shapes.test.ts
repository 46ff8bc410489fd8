import { createTestIssuer, createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { createResourceServer } from '../../src/resource-server.js'
import { NOW, errorOf } from '../support.js'
import { shapes } from './shapes.js'
import type { Claims, Shape } from './shapes.js'

const issuer = await createTestIssuer({ now: () => NOW })
const keys: Readonly<Record<'ES256' | 'ES384', TestKey>> = {
  ES256: await createTestKey('ES256'),
  ES384: await createTestKey('ES384'),
}

function keyOf({ algorithm = 'ES256' }: Shape): TestKey {
  return keys[algorithm]
}

function serverFor(shape: Shape, options: object = {}): ResourceServer {
  const { jwksUri: _instead, ...own } = shape.options
  const trusted = { issuer: shape.iss, ...own, jwks: { keys: [keyOf(shape).publicJwk] } }
  return createResourceServer({ issuers: [trusted], ...options }, { now: () => NOW })
}

function tokenOf(shape: Shape, changes: Claims = {}): Promise<string> {
  const { alg, kid } = keyOf(shape)
  const times = { iat: NOW - 60, exp: NOW + 60 }
  return issuer.accessToken({
    key: keyOf(shape),
    rawHeader: JSON.stringify({ alg, kid, typ: shape.typ }),
    rawPayload: JSON.stringify({ iss: shape.iss, ...times, ...shape.claims, ...changes }),
  })
}

const NOTHING = { clientId: undefined, scopes: [], roles: [], permissions: [], clientCredentials: false }

describe.each(shapes)('$name', (shape) => {
  let server: ResourceServer
  beforeAll(() => {
    server = serverFor(shape)
  })

  it('is accepted, and read as documented', async () => {
    const { clientId, scopes, roles, permissions, clientCredentials } = await server.verifyAccessToken(
      await tokenOf(shape),
    )
    expect({ clientId, scopes, roles, permissions, clientCredentials }).toEqual({ ...NOTHING, ...shape.read })
    expect([scopes, roles, permissions].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it.each(Object.entries(shape.refused))('is refused %s', async (_, changes) => {
    expect((await errorOf(async () => server.verifyAccessToken(await tokenOf(shape, changes)))).reason).toBe(
      'token_invalid',
    )
  })

  it.each([
    ['expired', { exp: NOW - 60 }, 'token_expired'],
    ['without exp', { exp: undefined }, 'token_invalid'],
    ['from the future', { iat: NOW + 60 }, 'token_invalid'],
    ['not yet good', { nbf: NOW + 60 }, 'token_invalid'],
    ['of nobody', { iss: undefined }, 'token_invalid'],
    ['of a stranger', { iss: 'https://stranger.example.com/' }, 'token_invalid'],
    ['as an ID token', { at_hash: 'x' }, 'token_invalid'],
  ])('no preset lets it pass %s', async (_, changes, reason) => {
    expect((await errorOf(async () => server.verifyAccessToken(await tokenOf(shape, changes)))).reason).toBe(reason)
  })

  it('no preset lets it pass with another type, algorithm, key or signature', async () => {
    const { alg, kid } = keyOf(shape)
    const rawPayload = JSON.stringify({ iss: shape.iss, exp: NOW + 60, ...shape.claims })
    const key = keyOf(shape)
    const other = await createTestKey(alg)
    const tokens = [
      issuer.accessToken({ key, rawPayload, rawHeader: JSON.stringify({ alg, kid, typ: 'logout+jwt' }) }),
      issuer.accessToken({ key, rawPayload, rawHeader: JSON.stringify({ alg: 'none', kid, typ: shape.typ }) }),
      issuer.accessToken({ key, rawPayload, rawHeader: JSON.stringify({ alg: 'HS256', kid, typ: shape.typ }) }),
      issuer.accessToken({ key: other, rawPayload, rawHeader: JSON.stringify({ alg, kid, typ: shape.typ }) }),
      issuer.accessToken({ key, rawPayload, signature: 'flipped' }),
    ]
    for (const token of await Promise.all(tokens)) {
      expect((await errorOf(() => server.verifyAccessToken(token))).reason).toBe('token_invalid')
    }
  })

  it('no preset loosens the profile of RFC 9068', async () => {
    const strict = serverFor(shape, { tokenProfile: 'rfc9068' })
    const verified = async (): Promise<unknown> => strict.verifyAccessToken(await tokenOf(shape))
    const { sub, client_id: clientId, jti } = shape.claims
    const isWhole = [sub, clientId, jti].every((one) => typeof one === 'string')
    if (shape.typ === 'at+jwt' && isWhole) await verified()
    else expect((await errorOf(verified)).reason).toBe('token_invalid')
  })
})
