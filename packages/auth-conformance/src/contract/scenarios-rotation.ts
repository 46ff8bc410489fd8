import { ok, strictEqual } from 'node:assert/strict'

import { createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'

import { asUser } from './case.js'
import { invalidToken } from './refusals.js'
import { scenario } from './scenario.js'
import type { ContractScenario } from './scenario.js'
import { eventually } from '../eventually.js'

/** Key sets that change. */
export const rotationScenarios: readonly ContractScenario[] = [
  scenario('a new key is accepted at once, a removed one refused after that', {}, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    await issuer.rotateKey({ keepPrevious: false })
    // Nobody told the server yet.
    await api.answers(token, asUser)
    await api.answers(await issuer.accessToken(), asUser)
    strictEqual(issuer.count('metadata'), 1)
    strictEqual(issuer.count('keys'), 2)
    await api.answers(token, invalidToken())
  }),

  scenario('a new key beside the old one', {}, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    await issuer.rotateKey({ algorithm: 'RS256' })
    await api.answers(await issuer.accessToken(), asUser)
    await api.answers(token, asUser)
    strictEqual(issuer.count('keys'), 2)
  }),

  scenario('three new keys within the cooldown are seen at once', {}, async ({ issuer, api }) => {
    await api.answers(await issuer.accessToken(), asUser)
    for (let keys = 0; keys < 3; keys++) {
      await issuer.rotateKey()
      await api.answers(await issuer.accessToken(), asUser)
    }
    strictEqual(issuer.count('keys'), 4)
  }),

  scenario('two kids that were made up hold no new key off', {}, async ({ issuer, api }) => {
    await api.answers(await issuer.accessToken(), asUser)
    for (const kid of ['made-up', 'made-up-too']) {
      await api.answers(await issuer.accessToken({ header: { kid } }), invalidToken())
    }
    await issuer.rotateKey({ keepPrevious: false })
    await api.answers(await issuer.accessToken(), asUser)
  }),

  scenario('kids that are made up again and again cost three fetches', {}, async ({ issuer, api }) => {
    await api.answers(await issuer.accessToken(), asUser)
    issuer.resetCounts()
    for (let sent = 0; sent < 20; sent++) {
      await api.answers(await issuer.accessToken({ header: { kid: `made-up-${sent}` } }), invalidToken())
    }
    strictEqual(issuer.count('keys'), 3)
    strictEqual(issuer.count('metadata'), 3)
  }),

  scenario('after three fetches a new key has to wait for the cooldown', { cooldown: 0.5 }, async ({ issuer, api }) => {
    await api.answers(await issuer.accessToken(), asUser)
    for (let keys = 0; keys < 3; keys++) {
      await issuer.rotateKey()
      await api.answers(await issuer.accessToken(), asUser)
    }
    await issuer.rotateKey()
    const token = await issuer.accessToken()
    await eventually('the fourth new key', async () => {
      const status = await api.status(token)
      ok(status === 200 || status === 401)
      return status === 200
    })
    strictEqual(issuer.count('keys'), 5)
  }),

  scenario('a key that is replaced under its own kid is seen at once', {}, async ({ issuer, api }) => {
    const { kid } = issuer.signingKey
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    const next = await issuer.rotateKey({ keepPrevious: false })
    issuer.removeKey(next.kid)
    issuer.publish({ ...next.publicJwk, kid })
    await api.answers(await issuer.accessToken({ header: { kid } }), asUser)
    strictEqual(issuer.count('keys'), 2)
    strictEqual(issuer.count('metadata'), 1)
    await api.answers(token, invalidToken())
  }),

  scenario('signatures that do not match cost one fetch a cooldown', {}, async ({ issuer, api }) => {
    await api.answers(await issuer.accessToken(), asUser)
    issuer.resetCounts()
    for (let sent = 0; sent < 20; sent++) {
      await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
    }
    strictEqual(issuer.count('keys'), 1)
    await issuer.rotateKey()
    await api.answers(await issuer.accessToken(), asUser)
  }),

  scenario('a new key without a kid, of a token without one', {}, async ({ issuer, api }) => {
    const header = { kid: undefined }
    const old = await issuer.accessToken({ header })
    await api.answers(old, asUser)
    const { kid } = issuer.signingKey
    const next = await issuer.rotateKey({ keepPrevious: false })
    issuer.removeKey(kid)
    issuer.removeKey(next.kid)
    issuer.publish({ ...next.publicJwk, kid: undefined })
    await api.answers(await issuer.accessToken({ header }), asUser)
    await api.answers(old, invalidToken())
  }),

  scenario('a token without a kid, while two keys fit', {}, async ({ issuer, api }) => {
    const header = { kid: undefined }
    const old = await issuer.accessToken({ header })
    await issuer.rotateKey()
    await api.answers(old, asUser)
    await api.answers(await issuer.accessToken({ header }), asUser)
    await api.answers(await issuer.accessToken({ header, key: await createTestKey('ES256') }), invalidToken())
  }),

  scenario('a key set that moves, while the old place still answers', {}, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    const old = issuer.signingKey.publicJwk
    const next = await issuer.rotateKey({ keepPrevious: false })
    // The issuer's other document stands for another place.
    const elsewhere = '/.well-known/oauth-authorization-server'
    issuer.fail('/.well-known/jwks.json', { body: JSON.stringify({ keys: [old] }) })
    issuer.fail(elsewhere, { body: JSON.stringify({ keys: [next.publicJwk] }) })
    const metadata = { issuer: issuer.issuer, jwks_uri: new URL(elsewhere, issuer.jwksUri).href }
    issuer.fail('/.well-known/openid-configuration', { body: JSON.stringify(metadata) })
    await api.answers(await issuer.accessToken(), asUser)
    await api.answers(token, invalidToken())
  }),

  scenario('a key set without a usable key changes nothing', { maxAge: 0.2 }, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    for (const keys of [[], [null], [{ ...issuer.signingKey.publicJwk, use: 'enc' }]]) {
      issuer.fail('keys', { body: JSON.stringify({ keys }) })
      issuer.resetCounts()
      await eventually('the fetch', async () => {
        await api.answers(token, asUser)
        return issuer.count('keys') > 0
      })
      await api.answers(token, asUser)
    }
  }),

  scenario('a removed key is refused when the key set is no longer fresh', { maxAge: 0.2 }, async (fixture) => {
    const { issuer, api } = fixture
    const old: TestKey = issuer.signingKey
    await api.answers(await issuer.accessToken(), asUser)
    await issuer.rotateKey({ keepPrevious: false })
    // A new token each time: not one that was seen before.
    await eventually('the refresh', async () => (await api.status(await issuer.accessToken({ key: old }))) === 401)
    await api.answers(await issuer.accessToken(), asUser)
  }),
]
