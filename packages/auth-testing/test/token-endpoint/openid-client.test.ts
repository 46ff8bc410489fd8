import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey, type TestKey } from '../../src/index.js'
import {
  ACCESS_TOKEN,
  CONNECTION_ACCESS_TOKEN,
  ID_JAG,
  ID_TOKEN,
  REFRESH_TOKEN,
} from '../../src/token-endpoint/token-types.js'
import { CONNECTION_TOKEN, JWT_BEARER, TOKEN_EXCHANGE } from '../../src/token-endpoint/grant-types.js'
import { CALLBACK } from '../wire.js'
import { customFetch, discover, startPeer, visit, type Peer, type Reach } from './peers.js'

// A client that others wrote, and that checks what it gets, drives every grant.
describe.each<Reach>(['socket', 'in process'])('openid-client, %s', (reach) => {
  let key: TestKey
  let peer: Peer
  beforeEach(async () => {
    key = await createTestKey('ES256')
    const clients = [
      { id: 'web', secret: 'a:b c%&+é', redirectUris: [CALLBACK] },
      { id: 'keyed', keys: [key.publicJwk] },
      { id: 'spa' },
      { id: 'reader', secret: 's', scope: 'read' },
    ]
    peer = await startPeer(reach, { clients })
  })
  afterEach(() => peer.close())

  const web = (): Promise<client.Configuration> => discover(peer, 'web', client.ClientSecretBasic('a:b c%&+é'))

  async function login(
    config: client.Configuration,
    parameters: Record<string, string> = {},
    options: client.DPoPOptions & { pushed?: boolean } = {},
  ): Promise<Awaited<ReturnType<typeof client.authorizationCodeGrant>>> {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
    const all = {
      redirect_uri: CALLBACK,
      scope: 'openid offline_access read write',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      ...parameters,
    }
    const url = options.pushed
      ? await client.buildAuthorizationUrlWithPAR(config, all, options)
      : client.buildAuthorizationUrl(config, all)
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
    return client.authorizationCodeGrant(config, await visit(peer, url), checks, undefined, options)
  }

  it.each([
    ['client_secret_basic', 'web', () => client.ClientSecretBasic('a:b c%&+é')],
    ['client_secret_post', 'web', () => client.ClientSecretPost('a:b c%&+é')],
    ['private_key_jwt', 'keyed', () => client.PrivateKeyJwt(key.privateKey)],
  ])('client credentials by %s', async (_, id, authentication) => {
    const config = await discover(peer, id, authentication())
    const tokens = await client.clientCredentialsGrant(config, { scope: 'read', resource: 'https://other.test/' })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'read' })
    const wanted = { iss: peer.issuer.issuer, sub: id, client_id: id, aud: 'https://other.test/', scope: 'read' }
    expect(decodeJwt(tokens.access_token)).toMatchObject(wanted)
  })

  it('code with PKCE, state, nonce and iss', async () => {
    peer.issuer.login({ subject: 'ada', acr: 'mfa', amr: ['otp'], claims: { org_id: 'org_1' } })
    const tokens = await login(await web())
    expect(tokens.claims()).toMatchObject({ sub: 'ada', aud: 'web', acr: 'mfa', amr: ['otp'], org_id: 'org_1' })
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'ada', acr: 'mfa', org_id: 'org_1', client_id: 'web' })
  })

  it('code of a public client, pushed', async () => {
    const tokens = await login(await discover(peer, 'spa', client.None()), {}, { pushed: true })
    expect(tokens.claims()?.sub).toBe('user-1')
    expect(peer.issuer.count('par')).toBe(1)
  })

  it('refresh with rotation, narrowing, and reuse', async () => {
    const config = await web()
    const first = await login(config)
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', { scope: 'read' })
    expect([second.scope, second.refresh_token === first.refresh_token]).toEqual(['read', false])
    const third = await client.refreshTokenGrant(config, second.refresh_token ?? '')
    expect(third.scope).toBe('openid offline_access read write')
    const invalid = expect.objectContaining({ error: 'invalid_grant' })
    await expect(client.refreshTokenGrant(config, first.refresh_token ?? '')).rejects.toThrow(invalid)
    expect(peer.issuer.refreshTokenReuses).toBe(1)
    await expect(client.refreshTokenGrant(config, third.refresh_token ?? '')).rejects.toThrow(invalid)
  })

  it('DPoP, with nonces, from the pushed request to the refresh', async () => {
    peer.issuer.demandNonces('rotating')
    const config = await discover(peer, 'spa', client.None())
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const first = await login(config, {}, { pushed: true, DPoP })
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', undefined, { DPoP })
    const jkt = await DPoP.calculateThumbprint()
    for (const tokens of [first, second]) {
      expect([tokens.token_type, decodeJwt(tokens.access_token)['cnf']]).toEqual(['dpop', { jkt }])
    }
  })

  it('token exchange on behalf of a user, twice: the actors are a chain', async () => {
    const users = await login(await web())
    const api = await discover(peer, 'keyed', client.PrivateKeyJwt(key.privateKey))
    const exchange = {
      subject_token: users.access_token,
      subject_token_type: ACCESS_TOKEN,
      audience: 'https://b.test/',
    }
    const first = await client.genericGrantRequest(api, TOKEN_EXCHANGE, { ...exchange, scope: 'read' })
    expect(first).toMatchObject({ issued_token_type: ACCESS_TOKEN, token_type: 'bearer', scope: 'read' })
    expect(decodeJwt(first.access_token)).toMatchObject({
      sub: 'user-1',
      aud: 'https://b.test/',
      act: { sub: 'keyed' },
    })
    const reader = await discover(peer, 'reader', client.ClientSecretPost('s'))
    const again = { ...exchange, subject_token: first.access_token }
    const second = await client.genericGrantRequest(reader, TOKEN_EXCHANGE, again)
    expect(decodeJwt(second.access_token)['act']).toEqual({ sub: 'reader', act: { sub: 'keyed' } })
  })

  it('an ID-JAG, redeemed at another issuer', async () => {
    const other = await createTestIssuer({ issuer: 'https://saas.test/', clients: [{ id: 'web', secret: 'other' }] })
    other.trust(peer.issuer)
    const config = await web()
    const users = await login(config)
    const idJag = await client.genericGrantRequest(config, TOKEN_EXCHANGE, {
      subject_token: users.id_token ?? '',
      subject_token_type: ID_TOKEN,
      requested_token_type: ID_JAG,
      audience: other.issuer,
      resource: 'https://api.saas.test/',
      scope: 'chat.read',
    })
    expect(idJag).toMatchObject({ token_type: 'n_a', issued_token_type: ID_JAG, expires_in: 300 })
    const there = await client.discovery(new URL(other.issuer), 'web', undefined, client.ClientSecretPost('other'), {
      [client.customFetch]: customFetch(other.fetch),
    })
    const tokens = await client.genericGrantRequest(there, JWT_BEARER, { assertion: idJag.access_token })
    const wanted = { iss: other.issuer, sub: 'user-1', aud: 'https://api.saas.test/', scope: 'chat.read' }
    expect(decodeJwt(tokens.access_token)).toMatchObject(wanted)
  })

  it("a connection's access token", async () => {
    const config = await web()
    const users = await login(config)
    const tokens = await client.genericGrantRequest(config, CONNECTION_TOKEN, {
      subject_token: users.refresh_token ?? '',
      subject_token_type: REFRESH_TOKEN,
      requested_token_type: CONNECTION_ACCESS_TOKEN,
      connection: 'google-oauth2',
    })
    expect(tokens.access_token).toBe('google-oauth2:user-1')
    expect(tokens['issued_token_type']).toBe(CONNECTION_ACCESS_TOKEN)
  })

  it('revocation and introspection', async () => {
    const config = await web()
    const tokens = await login(config)
    const before = await client.tokenIntrospection(config, tokens.access_token)
    expect(before).toMatchObject({ active: true, sub: 'user-1', client_id: 'web', token_type: 'Bearer' })
    await client.tokenRevocation(config, tokens.refresh_token ?? '')
    for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
      expect(await client.tokenIntrospection(config, token)).toEqual({ active: false })
    }
  })

  it('logout', async () => {
    const config = await web()
    const { id_token: hint = '' } = await login(config)
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: 'https://app.test/bye', state: 's' }
    const url = await visit(peer, client.buildEndSessionUrl(config, parameters))
    expect(url.href).toBe('https://app.test/bye?state=s')
  })

  it('a refused login', async () => {
    peer.issuer.refuseLogin('access_denied', 'no')
    await expect(login(await web())).rejects.toMatchObject({ error: 'access_denied', error_description: 'no' })
  })

  it.each([
    ['iss', 'authorize', { iss: 'https://evil.test/' }],
    ['state', 'authorize', { state: 'another' }],
    ['token_type', 'token', { token_type: undefined }],
    ['access_token', 'token', { access_token: undefined }],
    ['id_token', 'token', { id_token: 'e30.e30.e30' }],
  ] as const)('finds out a lie about %s', async (_, endpoint, change) => {
    const config = await web()
    peer.issuer.fail(endpoint, { change })
    await expect(login(config)).rejects.toThrow(expect.objectContaining({ name: expect.stringContaining('Error') }))
  })

  it.each([{ iss: 'https://evil.test/' }, { aud: 'other' }, { nonce: 'another' }, { exp: 1 }])(
    'finds out a lie in the ID token: %j',
    async (idTokenClaims) => {
      peer.issuer.login({ idTokenClaims })
      await expect(login(await web())).rejects.toThrow(client.ClientError)
    },
  )

  it('finds out metadata of another issuer', async () => {
    peer.issuer.fail('metadata', { change: { issuer: 'https://evil.test/' } })
    await expect(web()).rejects.toThrow(client.ClientError)
  })
})
