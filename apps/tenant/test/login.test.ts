import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTenant } from '../src/index.js'
import type { Tenant } from '../src/index.js'
import { visitor } from './visitor.js'

const REDIRECT = 'http://127.0.0.1:3999/docs/oauth2-redirect.html'
let tenant: Tenant
let config: oidc.Configuration

beforeAll(async () => {
  tenant = await startTenant()
  const options = { execute: [oidc.allowInsecureRequests] }
  config = await oidc.discovery(new URL(tenant.issuer), 'docs', undefined, oidc.None(), options)
})

afterAll(() => tenant.close())

async function authorizationUrl(verifier: string, more: Record<string, string> = {}, client = config): Promise<URL> {
  return oidc.buildAuthorizationUrl(client, {
    redirect_uri: REDIRECT,
    scope: 'read:messages',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: tenant.audience,
    ...more,
  })
}

/** Logs in. @returns the URL that the tenant sends the user back to */
async function logIn(
  verifier: string,
  more: Record<string, string> = {},
  form: Record<string, string> = {},
  client = config,
): Promise<URL> {
  const visit = visitor()
  const asked = await visit(await authorizationUrl(verifier, more, client))
  const done = await visit(asked.location, { name: 'ada', ...form })
  const back = await visit(done.location)
  return new URL(back.location)
}

describe('a login by code and PKCE', () => {
  test('gives a token of the user, who just logged in', async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const back = await logIn(verifier)
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier })
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({ sub: 'ada', azp: 'docs', aud: tenant.audience, scope: 'read:messages' })
    expect(claims).toMatchObject({ acr: 'urn:example:mfa', auth_time: expect.any(Number) })
    expect(claims).not.toHaveProperty('gty')
    expect(tokens.token_type).toBe('bearer')
  })

  test('gives a token that is bound to the key of a proof', async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const back = await logIn(verifier)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier }, undefined, { DPoP })
    expect(tokens.token_type).toBe('dpop')
    expect(decodeJwt(tokens.access_token)).toHaveProperty('cnf.jkt')
  })

  test('is refused at the token endpoint without the verifier of its challenge, and with a code used before', async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const back = await logIn(verifier)
    const grant = (pkceCodeVerifier: string): Promise<unknown> =>
      oidc.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier })
    await expect(grant(oidc.randomPKCECodeVerifier())).rejects.toThrow()
    const other = await logIn(verifier)
    await oidc.authorizationCodeGrant(config, new URL(other), { pkceCodeVerifier: verifier })
    await expect(oidc.authorizationCodeGrant(config, new URL(other), { pkceCodeVerifier: verifier })).rejects.toThrow()
  })

  test('is refused without a challenge', async () => {
    const url = await authorizationUrl('x'.repeat(43))
    url.searchParams.delete('code_challenge')
    const { location } = await visitor()(url)
    expect(new URL(location).searchParams.get('error')).toBe('invalid_request')
  })

  test.each([
    { redirect_uri: 'https://evil.example.com/docs/oauth2-redirect.html' },
    { redirect_uri: 'http://127.0.0.1:3999/other' },
    { client_id: 'reader' },
  ])('never sends the user elsewhere: %j', async (more) => {
    const { status, location } = await visitor()(await authorizationUrl('x'.repeat(43), more))
    expect({ status, location }).toEqual({ status: 400, location: '' })
  })

  test('is refused for an API that there is not', async () => {
    const { location } = await visitor()(await authorizationUrl('x'.repeat(43), { resource: 'https://other.example/' }))
    expect(new URL(location).searchParams.get('error')).toBe('invalid_target')
  })
})

describe('the strength of a login', () => {
  /** Logs in without a second factor, then asks again. @returns what became of the second request */
  async function askAgain(more: Record<string, string>): Promise<string> {
    const visit = visitor()
    const asked = await visit(await authorizationUrl('x'.repeat(43)))
    await visit((await visit(asked.location, { name: 'ada', weak: 'on' })).location)
    return (await visit(await authorizationUrl('x'.repeat(43), { scope: 'openid', ...more }))).location
  }

  test('is told by the token', async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const back = await logIn(verifier, {}, { weak: 'on' })
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier })
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: 'urn:example:pwd' })
  })

  test('that is not what is asked for leads to the page of the login', async () => {
    // Without a page, so that the difference is seen: a native client is asked for consent each time.
    const again = await askAgain({ acr_values: 'urn:example:mfa', prompt: 'none' })
    expect(new URL(again).searchParams.get('error')).toBe('login_required')
  })

  test.each([{}, { acr_values: 'urn:example:pwd' }, { acr_values: 'urn:example:mfa urn:example:pwd' }])(
    'that is what is asked for does not: %j',
    async (more) => {
      const again = await askAgain({ ...more, prompt: 'none' })
      expect(new URL(again).searchParams.get('error')).toBe('interaction_required')
    },
  )
})

test('an access token lasts as long as the tenant is told', async () => {
  const own = await startTenant({ userTokenLifetime: 120 })
  try {
    const options = { execute: [oidc.allowInsecureRequests] }
    const client = await oidc.discovery(new URL(own.issuer), 'docs', undefined, oidc.None(), options)
    const verifier = oidc.randomPKCECodeVerifier()
    const back = await logIn(verifier, {}, {}, client)
    const { expires_in } = await oidc.authorizationCodeGrant(client, back, { pkceCodeVerifier: verifier })
    expect(expires_in).toBe(120)
  } finally {
    await own.close()
  }
})

test('a page of another origin can read the time of the tenant', async () => {
  const headers = { origin: 'https://app.example.com' }
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'web', code: 'made-up' })
  for (const response of [
    await fetch(new URL('.well-known/openid-configuration', tenant.issuer), { headers }),
    await fetch(new URL('oauth/token', tenant.issuer), { method: 'POST', headers, body }),
  ]) {
    expect(response.headers.get('access-control-expose-headers')).toMatch(/(^|,)Date$/)
    await response.text()
  }
})

describe('the page of the login', () => {
  test('is not there for a login that was not begun', async () => {
    const { status } = await visitor()(new URL('login/made-up', tenant.issuer))
    expect(status).toBe(400)
  })

  test.each(['', 'a b', '<b>', 'x'.repeat(65)])('takes no name %j', async (name) => {
    const visit = visitor()
    const { location } = await visit(await authorizationUrl('x'.repeat(43)))
    expect((await visit(location, { name })).status).toBe(400)
  })
})
