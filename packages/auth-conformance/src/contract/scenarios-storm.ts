import { ok, strictEqual } from 'node:assert/strict'

import { base64url } from '@acme/auth-testing'

import { asUser } from './case.js'
import { invalidToken, keysUnavailable } from './refusals.js'
import { scenario } from './scenario.js'
import type { ContractScenario } from './scenario.js'
import { CONNECTIONS, heapGrowth, storm } from './storm.js'

const exclusive = { exclusive: true }

// Milliseconds that an issuer takes to answer, so that all requests of a burst arrive meanwhile.
const SLOW = 200

const MAX_GROWTH = 16 * 1024 * 1024

/** As many tokens with an unknown kid. They are cheap to make: no key will ever be there to check their signature. */
function* withRandomKids(count: number, token: string): Generator<string> {
  const [, payload, signature] = token.split('.')
  for (let index = 0; index < count; index++) {
    const header = base64url(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: crypto.randomUUID() }))
    yield `${header}.${payload}.${signature}`
  }
}

/** As many tokens of issuers that nobody trusts: each is a tenant of a server that would notice a call. */
function* withForgedIssuers(count: number, origin: string, token: string): Generator<string> {
  const [header, payload = '', signature] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  for (let index = 0; index < count; index++) {
    const forged = base64url(JSON.stringify(Object.assign({}, claims, { iss: `${origin}tenant-${index}/` })))
    yield `${header}.${forged}.${signature}`
  }
}

/** Many requests at once, or one after the other: issuers must not feel them, nor other requests. */
export const stormScenarios: readonly ContractScenario[] = [
  scenario(
    '50 requests at once before there are keys: one discovery, one key set',
    {},
    async ({ issuer, api }) => {
      issuer.fail('all', { delay: SLOW })
      const token = await issuer.accessToken()
      await storm(
        api,
        Array.from({ length: CONNECTIONS }, () => token),
        asUser,
      )
      strictEqual(issuer.count('metadata'), 1)
      strictEqual(issuer.count('keys'), 1)
    },
    exclusive,
  ),

  scenario(
    '50 requests at once with a key that is new: at most two key sets',
    {},
    async ({ issuer, api }) => {
      await api.answers(await issuer.accessToken(), asUser)
      await issuer.rotateKey()
      issuer.fail('all', { delay: SLOW })
      issuer.resetCounts()
      const token = await issuer.accessToken()
      await storm(
        api,
        Array.from({ length: CONNECTIONS }, () => token),
        asUser,
      )
      strictEqual(issuer.count('metadata'), 0)
      ok(issuer.count('keys') >= 1 && issuer.count('keys') <= 2)
    },
    exclusive,
  ),

  scenario(
    '50 requests at once while the issuer is down: one attempt',
    { timeout: 3 },
    async ({ issuer, api }) => {
      issuer.fail('all', { delay: 3_600_000 })
      const token = await issuer.accessToken()
      await storm(
        api,
        Array.from({ length: CONNECTIONS }, () => token),
        keysUnavailable('NET_3002'),
      )
      strictEqual(issuer.count('all'), 1)
    },
    exclusive,
  ),

  scenario(
    '20 requests one after the other while the issuer is down: at most two attempts',
    {},
    async ({ issuer, api }) => {
      issuer.fail('all', { status: 500 })
      const token = await issuer.accessToken()
      for (let sent = 0; sent < 20; sent++) strictEqual(await api.isBack(token), false)
      ok(issuer.count('all') >= 1 && issuer.count('all') <= 2)
    },
    exclusive,
  ),

  scenario(
    '1,000 requests with random kids: at most three key sets',
    {},
    async ({ issuer, api }) => {
      const token = await issuer.accessToken()
      await api.answers(token, asUser)
      issuer.resetCounts()
      const growth = await heapGrowth(() => storm(api, withRandomKids(1000, token), invalidToken()))
      // Each time the metadata too, as the keys may have moved.
      ok(issuer.count('metadata') <= 3)
      ok(issuer.count('keys') <= 3)
      ok(growth < MAX_GROWTH, `${growth} bytes are kept`)
      await api.answers(token, asUser)
    },
    exclusive,
  ),

  scenario(
    '10,000 requests with forged issuers: nobody is called',
    {},
    async ({ issuer, api, startIssuer }) => {
      const stranger = await startIssuer()
      const token = await stranger.accessToken()
      await storm(api, withForgedIssuers(500, stranger.issuer, token), invalidToken())
      const forged = withForgedIssuers(10_000, stranger.issuer, token)
      const growth = await heapGrowth(() => storm(api, forged, invalidToken()))
      strictEqual(issuer.count('all') + stranger.count('all'), 0)
      ok(growth < MAX_GROWTH, `${growth} bytes are kept`)
      await api.answers(await issuer.accessToken(), asUser)
    },
    exclusive,
  ),
]
