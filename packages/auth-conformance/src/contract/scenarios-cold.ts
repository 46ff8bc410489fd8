import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'

import { createTestKey } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestEndpoint } from '@acme/auth-testing'

import { asUser } from './case.js'
import { FAULTS, goodDocument, MANY, OUTAGES, TIMEOUTS } from './endpoint-faults.js'
import type { Document } from './endpoint-faults.js'
import { accepted } from './expectations.js'
import { invalidToken, keysUnavailable } from './refusals.js'
import { scenario } from './scenario.js'
import type { ServerFixture, ContractScenario } from './scenario.js'

/** A good token, when the keys cannot be had. */
async function isUnavailable({ issuer, api }: ServerFixture): Promise<void> {
  await api.answers(await issuer.accessToken(), keysUnavailable())
}

/** An endpoint that fails in every way there is. */
function failing(endpoint: TestEndpoint): ContractScenario[] {
  const faults = Object.entries(FAULTS).map(([name, fault]) => {
    const steps = async (fixture: ServerFixture): Promise<void> => {
      fixture.issuer.fail(endpoint, fault(goodDocument(endpoint, fixture.issuer)))
      await isUnavailable(fixture)
      const count = fixture.issuer.count(endpoint)
      // How often a server asks is its own choice.
      if (fixture.level === 'rfc') return
      ok(count >= 1 && count <= 4, `${count} calls: redirects are few, nothing is tried again`)
    }
    // No 401: new credentials would not help.
    return scenario(`${endpoint}: ${name}`, {}, steps, OUTAGES.has(name) ? { clause: 'RFC 9110 §15.6' } : {})
  })
  const timeouts = Object.entries(TIMEOUTS).map(([name, fault]) =>
    scenario(`${endpoint}: ${name}`, { timeout: 1.5 }, async ({ issuer, api }) => {
      issuer.fail(endpoint, fault)
      await api.answers(await issuer.accessToken(), keysUnavailable('NET_3002'))
      strictEqual(issuer.count(endpoint), 1)
    }),
  )
  const elsewhere = scenario(`${endpoint}: redirects to another origin`, {}, async (fixture) => {
    const other = await fixture.startIssuer()
    // The other one would answer with just what is wanted.
    other.fail('all', { body: JSON.stringify(goodDocument(endpoint, fixture.issuer)) })
    fixture.issuer.fail(endpoint, { status: 302, headers: { location: other.jwksUri } })
    await isUnavailable(fixture)
    strictEqual(fixture.issuer.count(endpoint), 1)
    strictEqual(other.count('all'), 0)
  })
  return [...faults, ...timeouts, elsewhere]
}

/** Metadata that must not be believed: the keys are never asked for, here or wherever it says. */
function badMetadata(
  name: string,
  make: (good: Document, other: ListeningTestIssuer) => Promise<Document> | Document,
): ContractScenario {
  return scenario(`metadata: ${name}`, {}, async (fixture) => {
    const other = await fixture.startIssuer()
    other.fail('all', { body: JSON.stringify(goodDocument('keys', fixture.issuer)) })
    fixture.issuer.fail('metadata', {
      body: JSON.stringify(await make(goodDocument('metadata', fixture.issuer), other)),
    })
    await isUnavailable(fixture)
    strictEqual(fixture.issuer.count('metadata'), 1)
    strictEqual(fixture.issuer.count('keys'), 0)
    strictEqual(other.count('all'), 0)
  })
}

function badKeys(name: string, make: (good: Document) => Promise<Document> | Document): ContractScenario {
  return scenario(`keys: ${name}`, {}, async (fixture) => {
    fixture.issuer.fail('keys', { body: JSON.stringify(await make(goodDocument('keys', fixture.issuer))) })
    await isUnavailable(fixture)
    strictEqual(fixture.issuer.count('keys'), 1)
  })
}

/** The port of an issuer on another name of this machine: a call to it would be counted. */
function onHost(host: string, { jwksUri }: ListeningTestIssuer): string {
  return jwksUri.replace('127.0.0.1', host)
}

/** An issuer that fails before its keys were ever fetched: 503, whatever the reason. */
export const coldScenarios: readonly ContractScenario[] = [
  scenario('the issuer refuses connections', {}, async (fixture) => {
    await fixture.issuer.close()
    await isUnavailable(fixture)
    await fixture.api.answers(
      await fixture.issuer.accessToken({ claims: { iss: 'https://evil.test/' } }),
      invalidToken(),
    )
  }),
  ...failing('metadata'),
  ...failing('keys'),

  badMetadata('is that of another issuer', (good, other) => ({ ...good, issuer: other.issuer })),
  badMetadata('lacks the trailing slash of the issuer', (good) => ({
    ...good,
    issuer: String(good['issuer']).slice(0, -1),
  })),
  badMetadata('names no issuer', ({ jwks_uri }) => ({ jwks_uri })),
  badMetadata('names no jwks_uri', ({ issuer }) => ({ issuer })),
  badMetadata('jwks_uri is null', (good) => ({ ...good, jwks_uri: null })),
  badMetadata('jwks_uri is a list', (good, other) => ({ ...good, jwks_uri: [other.jwksUri] })),
  badMetadata('jwks_uri is a path', (good) => ({ ...good, jwks_uri: '/.well-known/jwks.json' })),
  badMetadata('jwks_uri is plain http elsewhere', (good, other) => ({ ...good, jwks_uri: onHost('0.0.0.0', other) })),
  badMetadata('jwks_uri has userinfo', (good, other) => ({ ...good, jwks_uri: onHost('user@127.0.0.1', other) })),
  badMetadata('jwks_uri is a data URL', async (good) => {
    const { publicJwk } = await createTestKey('ES256')
    return { ...good, jwks_uri: `data:application/json,${JSON.stringify({ keys: [publicJwk] })}` }
  }),

  badKeys('has no member keys', () => ({})),
  badKeys('its member keys is an object', ({ keys }) => ({ keys: { 0: keys } })),
  badKeys('has none', () => ({ keys: [] })),
  badKeys('has none that can be used', ({ keys }) => ({
    keys: [keys].flat().map((key) => Object.assign({}, key, { use: 'enc' })),
  })),
  badKeys('has 101 keys', ({ keys }) => ({ keys: [keys, MANY.slice(0, 100)].flat(2) })),
  badKeys('has 10,000 keys', ({ keys }) => ({ keys: [keys, MANY].flat(2) })),

  scenario('keys: has 100 keys', {}, async ({ issuer, api }) => {
    const keys = [MANY.slice(0, 99), issuer.signingKey.publicJwk].flat()
    issuer.fail('keys', { body: JSON.stringify({ keys }) })
    await api.answers(await issuer.accessToken(), asUser)
    await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
  }),
  scenario('metadata: OpenID Connect has none, RFC 8414 has', {}, async ({ issuer, api }) => {
    issuer.fail('/.well-known/openid-configuration', { status: 404 })
    await api.answers(await issuer.accessToken(), asUser)
    deepStrictEqual(issuer.requests, [
      'GET /.well-known/openid-configuration',
      'GET /.well-known/oauth-authorization-server',
      'GET /.well-known/jwks.json',
    ])
  }),
  scenario('metadata: neither has any', {}, async (fixture) => {
    fixture.issuer.fail('metadata', { status: 404 })
    await isUnavailable(fixture)
    strictEqual(fixture.issuer.count('metadata'), 2)
  }),
  scenario('metadata: redirects within its origin', {}, async ({ issuer, api }) => {
    const location = '/.well-known/oauth-authorization-server'
    issuer.fail('/.well-known/openid-configuration', { status: 307, headers: { location } })
    await api.answers(await issuer.accessToken(), asUser)
    strictEqual(issuer.count('metadata'), 2)
  }),

  scenario('requests that need no keys are decided on', {}, async ({ issuer, api, startIssuer }) => {
    issuer.fail('all', { status: 500 })
    const stranger = await startIssuer()
    await api.answers(undefined, accepted({ sub: null }), '/optional')
    await api.answers(await stranger.accessToken(), invalidToken())
    await api.answers('abc', invalidToken())
    strictEqual(issuer.count('all') + stranger.count('all'), 0)
    await api.answers(await issuer.accessToken(), keysUnavailable(), '/optional')
  }),
]
