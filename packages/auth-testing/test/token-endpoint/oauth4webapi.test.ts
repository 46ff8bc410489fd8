import { decodeJwt, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createTestKey, type TestKey } from '../../src/index.js'
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../src/token-endpoint/grant-types.js'
import { ACCESS_TOKEN } from '../../src/token-endpoint/token-types.js'
import { CALLBACK } from '../wire.js'
import { startPeer, visit, type Peer, type Reach } from './peers.js'

// The protocol step by step, where openid-client would hide what happens in between.
describe.each<Reach>(['socket', 'in process'])('oauth4webapi, %s', (reach) => {
  const web: oauth.Client = { client_id: 'web' }
  const secret = oauth.ClientSecretPost('s3cret')
  let key: TestKey
  let peer: Peer
  let as: oauth.AuthorizationServer
  let options: { [oauth.allowInsecureRequests]: true; [oauth.customFetch]: Peer['fetch'] }
  beforeEach(async () => {
    key = await createTestKey('ES256')
    const clients = [
      { id: 'web', secret: 's3cret' },
      { id: 'keyed', keys: [key.publicJwk] },
    ]
    peer = await startPeer(reach, { clients })
    options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: peer.fetch }
    const issuer = new URL(peer.issuer.issuer)
    as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' }),
    )
  })
  afterEach(() => peer.close())

  it('a required nonce: refused once, then good until it changes', async () => {
    peer.issuer.demandNonces('required')
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair('ES256'))
    const request = async (): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.clientCredentialsGrantRequest(as, web, secret, {}, { ...options, DPoP })
      return oauth.processClientCredentialsResponse(as, web, response)
    }
    await expect(request()).rejects.toSatisfy(oauth.isDPoPNonceError)
    for (let good = 0; good < 2; good++) {
      const tokens = await request()
      expect(decodeJwt(tokens.access_token)['cnf']).toEqual({ jkt: await DPoP.calculateThumbprint() })
    }
    peer.issuer.demandNonces('required')
    await expect(request()).rejects.toSatisfy(oauth.isDPoPNonceError)
    await request()
  })

  it('pushed request, code bound to a key, and its tokens', async () => {
    const verifier = oauth.generateRandomCodeVerifier()
    const nonce = oauth.generateRandomNonce()
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair('ES256'))
    const parameters = {
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid offline_access',
      state: 'state-1',
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const pushed = await oauth.pushedAuthorizationRequest(as, web, secret, parameters, { ...options, DPoP })
    const { request_uri: uri } = await oauth.processPushedAuthorizationResponse(as, web, pushed)
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: 'web', request_uri: uri }).toString()
    const callback = oauth.validateAuthResponse(as, web, await visit(peer, url), 'state-1')
    const response = await oauth.authorizationCodeGrantRequest(as, web, secret, callback, CALLBACK, verifier, {
      ...options,
      DPoP,
    })
    const wanted = { expectedNonce: nonce, requireIdToken: true }
    const tokens = await oauth.processAuthorizationCodeResponse(as, web, response, wanted)
    await oauth.validateApplicationLevelSignature(as, response, options)
    expect(tokens.token_type).toBe('dpop')
  })

  it('the answer of a refresh that is lost: the next one is a reuse', async () => {
    const { refresh_token: token = '' } = await loggedIn()
    const refresh = async (): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.refreshTokenGrantRequest(as, web, secret, token, options)
      return oauth.processRefreshTokenResponse(as, web, response)
    }
    peer.issuer.fail('token', 'answer-lost', { times: 1 })
    await expect(refresh()).rejects.toThrow(TypeError)
    expect(peer.issuer.refreshTokenReuses).toBe(0)
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(peer.issuer.refreshTokenReuses).toBe(1)
  })

  it('access tokens that it takes as a resource server (RFC 9068), with a proof', async () => {
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair('ES256'))
    const response = await oauth.clientCredentialsGrantRequest(as, web, secret, {}, { ...options, DPoP })
    const { access_token: token } = await oauth.processClientCredentialsResponse(as, web, response)
    let sent: Request | undefined
    await oauth.protectedResourceRequest(token, 'GET', new URL('https://api.test/a'), undefined, null, {
      DPoP,
      [oauth.customFetch]: (url, { body: _body, ...init }) => {
        sent = new Request(url, init)
        return Promise.resolve(new Response())
      },
    })
    if (sent === undefined) throw new Error('nothing was sent')
    const claims = await oauth.validateJwtAccessToken(as, sent, peer.issuer.audience, { ...options, requireDPoP: true })
    expect(claims).toMatchObject({ sub: 'web', client_id: 'web', cnf: { jkt: await DPoP.calculateThumbprint() } })
  })

  it('token exchange, an assertion of its own, and revocation, by private_key_jwt', async () => {
    const keyed: oauth.Client = { client_id: 'keyed' }
    const authentication = oauth.PrivateKeyJwt(key.privateKey)
    const request = async (type: string, parameters: Record<string, string>): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.genericTokenEndpointRequest(as, keyed, authentication, type, parameters, options)
      return oauth.processGenericTokenEndpointResponse(as, keyed, response)
    }
    const { access_token: users = '' } = await loggedIn()
    const exchanged = await request(TOKEN_EXCHANGE, { subject_token: users, subject_token_type: ACCESS_TOKEN })
    expect(decodeJwt(exchanged.access_token)).toMatchObject({ sub: 'user-1', act: { sub: 'keyed' } })
    const assertion = await new SignJWT({ jti: 'jti-1' })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('keyed')
      .setSubject('user-9')
      .setAudience(peer.issuer.issuer)
      .setExpirationTime('1 minute')
      .sign(key.privateKey)
    const asserted = await request(JWT_BEARER, { assertion })
    expect(decodeJwt(asserted.access_token)).toMatchObject({ sub: 'user-9', client_id: 'keyed' })
    const revoked = await oauth.revocationRequest(as, keyed, authentication, asserted.access_token, options)
    await oauth.processRevocationResponse(revoked)
    const answer = await oauth.introspectionRequest(as, web, secret, asserted.access_token, options)
    expect(await oauth.processIntrospectionResponse(as, web, answer)).toEqual({ active: false })
  })

  it('introspection with a wrong secret', async () => {
    const token = await peer.issuer.accessToken()
    const response = await oauth.introspectionRequest(as, web, oauth.ClientSecretBasic('wrong'), token, options)
    expect(response.status).toBe(401)
    await expect(oauth.processIntrospectionResponse(as, web, response)).rejects.toThrow(
      oauth.WWWAuthenticateChallengeError,
    )
  })

  async function loggedIn(): Promise<oauth.TokenEndpointResponse> {
    const verifier = oauth.generateRandomCodeVerifier()
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: 'web',
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'offline_access',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const callback = oauth.validateAuthResponse(as, web, await visit(peer, url))
    const response = await oauth.authorizationCodeGrantRequest(as, web, secret, callback, CALLBACK, verifier, options)
    return oauth.processAuthorizationCodeResponse(as, web, response)
  }
})
