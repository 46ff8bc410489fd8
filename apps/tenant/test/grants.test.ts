import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTenant } from '../src/index.js'
import type { Tenant } from '../src/index.js'
import { visitor } from './visitor.js'
import type { Visitor } from './visitor.js'

const CALLBACK = 'http://127.0.0.1:3999/callback'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

let tenant: Tenant
let partner: ListeningTestIssuer
beforeAll(async () => {
  partner = await startTestIssuer()
  tenant = await startTenant({ trustedIssuers: [partner] })
})
afterEach(() => tenant.demandNonces(false))
afterAll(() => Promise.all([tenant.close(), partner.close()]))

function configure(id: string): Promise<oidc.Configuration> {
  const secret = tenant.clients.find((client) => client.id === id)?.secret
  const authentication = secret === undefined ? oidc.None() : oidc.ClientSecretPost(secret)
  const options = { execute: [oidc.allowInsecureRequests] }
  return oidc.discovery(new URL(tenant.issuer), id, undefined, authentication, options)
}

type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

interface LoginOptions extends oidc.DPoPOptions {
  pushed?: boolean
  parameters?: Record<string, string>
  visit?: Visitor
}

/** Logs in, as ada. */
async function logIn(config: oidc.Configuration, options: LoginOptions = {}): Promise<Tokens> {
  const { pushed = false, parameters, visit = visitor() } = options
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()]
  const all = {
    redirect_uri: CALLBACK,
    scope: 'openid offline_access read:messages write:messages',
    audience: tenant.audience,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  }
  const url = pushed
    ? await oidc.buildAuthorizationUrlWithPAR(config, all, options)
    : oidc.buildAuthorizationUrl(config, all)
  const asked = await visit(url)
  const done = await visit(asked.location, { name: 'ada' })
  const back = new URL((await visit(done.location)).location)
  return oidc.authorizationCodeGrant(
    config,
    back,
    { pkceCodeVerifier, expectedState, expectedNonce },
    undefined,
    options,
  )
}

const clientToken = async (id: string): Promise<string> =>
  (await oidc.clientCredentialsGrant(await configure(id), { audience: tenant.audience })).access_token

describe.each(['web', 'portal'])('refresh of %s', (id) => {
  test('rotates, narrows and keeps the login', async () => {
    const config = await configure(id)
    const first = await logIn(config)
    expect(first.claims()).toMatchObject({ sub: 'ada', aud: id })
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '', { scope: 'openid read:messages' })
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const claims = decodeJwt(second.access_token)
    expect(claims).toMatchObject({ sub: 'ada', azp: id, aud: tenant.audience, scope: 'read:messages' })
    expect(claims).toMatchObject({ acr: 'urn:example:mfa', auth_time: decodeJwt(first.access_token)['auth_time'] })
  })

  test('with a token that was used before ends them all', async () => {
    const config = await configure(id)
    const first = await logIn(config)
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '')
    for (const { refresh_token: token = '' } of [first, second]) {
      await expect(oidc.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' })
    }
  })

  test('for more than was granted is refused', async () => {
    const config = await configure(id)
    const { refresh_token: token = '' } = await logIn(config, {
      parameters: { scope: 'openid offline_access read:messages' },
    })
    const wider = oidc.refreshTokenGrant(config, token, { scope: 'read:messages delete:data' })
    await expect(wider).rejects.toMatchObject({ error: 'invalid_scope' })
  })

  test('is not for those who did not ask for offline_access', async () => {
    const tokens = await logIn(await configure(id), { parameters: { scope: 'openid read:messages' } })
    expect(tokens).not.toHaveProperty('refresh_token')
  })

  test('is over after a revocation (RFC 7009)', async () => {
    const config = await configure(id)
    const { refresh_token: token = '' } = await logIn(config)
    await oidc.tokenRevocation(config, token)
    await expect(oidc.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

describe('pushed requests (RFC 9126)', () => {
  test('log in, and keep offline_access', async () => {
    const tokens = await logIn(await configure('web'), { pushed: true })
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'ada', aud: tenant.audience })
    expect(tokens).toHaveProperty('refresh_token')
  })

  test.each([{ redirect_uri: 'https://evil.example/' }, { audience: 'https://other.example/' }])(
    'are refused at once: %j',
    async (parameters) => {
      await expect(logIn(await configure('portal'), { pushed: true, parameters })).rejects.toMatchObject({
        status: 400,
      })
    },
  )
})

describe('DPoP with nonces (RFC 9449 §8)', () => {
  test('from the pushed request to the refresh', async () => {
    tenant.demandNonces(true)
    const config = await configure('web')
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const first = await logIn(config, { pushed: true, DPoP })
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '', undefined, { DPoP })
    expect(decodeJwt(second.access_token)['cnf']).toEqual({ jkt: await DPoP.calculateThumbprint() })
    const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const stolen = oidc.refreshTokenGrant(config, second.refresh_token ?? '', undefined, { DPoP: other })
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('are demanded and not, by request', async () => {
    const nonce = async (): Promise<unknown> => {
      let refused: unknown
      const config = await configure('reader')
      config[oidc.customFetch] = async (url, { body, ...init }) => {
        const response = await fetch(url, { ...init, body: body ?? null })
        refused ??= response.headers.get('dpop-nonce')
        return response
      }
      const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
      await oidc.clientCredentialsGrant(config, { audience: tenant.audience }, { DPoP })
      return refused
    }
    const control = async (path: string, method = 'POST'): Promise<number> =>
      (await fetch(new URL(`tenant/nonces/${path}`, tenant.issuer), { method })).status
    expect(await nonce()).toBeNull()
    expect(await control('required')).toBe(204)
    expect(await nonce()).toEqual(expect.any(String))
    expect([await control('off'), await control('x'), await control('off', 'GET')]).toEqual([204, 404, 404])
    expect(await nonce()).toBeNull()
  })
})

describe('token exchange (RFC 8693)', () => {
  const exchange = async (id: string, token: string, more: Record<string, string> = {}): Promise<Tokens> =>
    oidc.genericGrantRequest(await configure(id), TOKEN_EXCHANGE, {
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      audience: tenant.legacyAudience,
      ...more,
    })

  test('keeps the user, chains the actors, and gives what both the token and the client have', async () => {
    const user = await logIn(await configure('web'))
    const first = await exchange('reader', user.access_token)
    expect(first).toMatchObject({ issued_token_type: ACCESS_TOKEN, token_type: 'bearer', scope: 'read:messages' })
    const wanted = { sub: 'ada', azp: 'reader', aud: tenant.legacyAudience, scope: 'read:messages' }
    expect(decodeJwt(first.access_token)).toMatchObject({ ...wanted, act: { sub: 'reader' } })
    const second = await exchange('writer', first.access_token)
    expect(decodeJwt(second.access_token)['act']).toEqual({ sub: 'writer', act: { sub: 'reader' } })
  })

  test('with an actor token names that actor', async () => {
    const user = await logIn(await configure('web'))
    const actor = { actor_token: await clientToken('admin'), actor_token_type: ACCESS_TOKEN }
    const tokens = await exchange('reader', user.access_token, actor)
    expect(decodeJwt(tokens.access_token)['act']).toEqual({ sub: 'admin@clients' })
  })

  test('gives a token that is bound to the key of a proof', async () => {
    tenant.demandNonces(true)
    const config = await configure('reader')
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const subject = { subject_token: await clientToken('writer'), subject_token_type: ACCESS_TOKEN }
    const parameters = { ...subject, audience: tenant.audience }
    const tokens = await oidc.genericGrantRequest(config, TOKEN_EXCHANGE, parameters, { DPoP })
    expect([tokens.token_type, decodeJwt(tokens.access_token)['cnf']]).toEqual([
      'dpop',
      { jkt: await DPoP.calculateThumbprint() },
    ])
  })

  test.each<[string, Record<string, string>, string]>([
    ['more than the token has', { scope: 'read:messages delete:data' }, 'invalid_scope'],
    ['an unknown API', { audience: 'https://other.example/' }, 'invalid_target'],
    ['another type', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['another type to give', { requested_token_type: 'urn:x' }, 'invalid_request'],
    ['a token that is none', { subject_token: 'a.b.c' }, 'invalid_request'],
    ['a bad actor token', { actor_token: 'a.b.c', actor_token_type: ACCESS_TOKEN }, 'invalid_request'],
    ['an actor token without a type', { actor_token: 'a.b.c' }, 'invalid_request'],
  ])('refuses %s', async (_, more, error) => {
    await expect(exchange('writer', await clientToken('reader'), more)).rejects.toMatchObject({ status: 400, error })
  })

  test('refuses a proof that was used before', async () => {
    const config = await configure('reader')
    const [keys, jti] = [await oidc.randomDPoPKeyPair(), crypto.randomUUID()]
    const same = { [oidc.modifyAssertion]: (_header: object, payload: object) => void Object.assign(payload, { jti }) }
    const DPoP = oidc.getDPoPHandle(config, keys, same)
    const subject = { subject_token: await clientToken('writer'), subject_token_type: ACCESS_TOKEN }
    const request = (): Promise<Tokens> =>
      oidc.genericGrantRequest(config, TOKEN_EXCHANGE, { ...subject, audience: tenant.audience }, { DPoP })
    expect((await request()).token_type).toBe('dpop')
    await expect(request()).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('refuses a scheme before the token, and tokens of another issuer', async () => {
    const token = await clientToken('reader')
    const foreign = await partner.accessToken({ claims: { iss: tenant.issuer, azp: 'reader' } })
    for (const bad of [`Bearer ${token}`, ` ${token}`, `${token.slice(0, -4)}AAAA`, foreign]) {
      await expect(exchange('writer', bad)).rejects.toMatchObject({ error: 'invalid_request' })
    }
  })

  test('refuses an ID token, and public clients', async () => {
    const tokens = await logIn(await configure('web'))
    await expect(exchange('writer', tokens.id_token ?? '')).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(exchange('web', tokens.access_token)).rejects.toMatchObject({ error: 'invalid_request' })
  })
})

describe('an assertion of a trusted issuer (RFC 7523)', () => {
  const claims = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    sub: 'grace',
    aud: tenant.issuer,
    client_id: 'reader',
    scope: 'read:messages write:messages',
    ...more,
  })
  const assertionOf = (more?: Record<string, unknown>): Promise<string> =>
    partner.accessToken({ header: { typ: 'oauth-id-jag+jwt' }, claims: claims(more) })
  const redeem = async (id: string, assertion: string): Promise<Tokens> =>
    oidc.genericGrantRequest(await configure(id), JWT_BEARER, { assertion, audience: tenant.audience })

  test('gives a token of its subject, once', async () => {
    const assertion = await assertionOf()
    const tokens = await redeem('reader', assertion)
    const wanted = { iss: tenant.issuer, sub: 'grace', azp: 'reader', scope: 'read:messages' }
    expect(decodeJwt(tokens.access_token)).toMatchObject(wanted)
    await expect(redeem('reader', assertion)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test.each<[string, Record<string, unknown>]>([
    ['for another audience', { aud: 'https://other.example/' }],
    ['of an issuer that is not trusted', { iss: 'https://evil.example/' }],
    ['that has expired', { exp: 1 }],
    ['without a subject', { sub: undefined }],
    ['without jti', { jti: undefined }],
    ['for another client', { client_id: 'writer' }],
  ])('is refused %s', async (_, more) => {
    await expect(redeem('reader', await assertionOf(more))).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('is no access token, and nothing forged', async () => {
    const token = await partner.accessToken({ claims: claims() })
    const forged = await partner.accessToken({ header: { typ: 'JWT' }, claims: claims(), signature: 'flipped' })
    for (const bad of [token, forged, 'x']) {
      await expect(redeem('reader', bad)).rejects.toMatchObject({ error: 'invalid_grant' })
    }
  })

  test.each([{ status: 500 }, { body: '<html>' }, 'reset'] as const)(
    'is an error, and no refusal, while its issuer is down: %j',
    async (fault) => {
      partner.fail('keys', fault)
      await expect(redeem('reader', await assertionOf())).rejects.toMatchObject({ cause: { status: 500 } })
      partner.fail('keys', undefined)
    },
  )
})

describe('logout', () => {
  test('ends the session, after a button is pressed, and goes back', async () => {
    const config = await configure('web')
    const visit = visitor()
    const { id_token: hint = '' } = await logIn(config, { visit, parameters: { scope: 'openid read:messages' } })
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: CALLBACK, state: 's' }
    const asked = await visit(oidc.buildEndSessionUrl(config, parameters))
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
    const action = /action="([^"]+)"/.exec(asked.text)?.[1] ?? ''
    const done = await visit(action, { xsrf, logout: 'yes' })
    expect(done.location).toBe(`${CALLBACK}?state=s`)
  })

  test('goes nowhere else', async () => {
    const config = await configure('web')
    const { id_token: hint = '' } = await logIn(config)
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }
    const { status, location } = await visitor()(oidc.buildEndSessionUrl(config, parameters))
    expect([status, location]).toEqual([400, ''])
  })
})
