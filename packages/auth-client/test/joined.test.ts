import type { ListeningTestIssuer } from '@acme/auth-testing'
import { startTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createFetch } from '../src/index.js'
import type { FetchEvent, StepUp } from '../src/index.js'
import { APIS } from './apis.js'
import type { Api } from './apis.js'
import { CALLBACK, clientOf } from './support/client.js'

// A session and the fetch together: the issuer and the API want nonces, and the clock of the client is an hour off.
describe.each(APIS)('%s', (_name, start) => {
  let issuer: ListeningTestIssuer
  let api: Api
  beforeAll(async () => {
    issuer = await startTestIssuer()
    issuer.demandNonces('required')
    const dpop = { mode: 'required', nonce: { secret: crypto.randomUUID() } } as const
    api = await start({ issuer: issuer.issuer, audience: issuer.audience, dpop, onEvent: () => undefined })
  })
  afterAll(async () => {
    await issuer.close()
    await api.close()
  })

  function userOf(scopes: readonly string[]) {
    const now = (): number => Date.now() / 1000 + 3600
    const client = clientOf(issuer, { authentication: 'none', dpop: 'generate', now, audience: issuer.audience })
    const steps: StepUp['cause'][] = []
    const events: FetchEvent[] = []
    const logIn = async (wanted: Partial<StepUp> & { readonly scopes: readonly string[] }) => {
      const { acrValues = [], maxAge } = wanted
      const request = { redirectUri: CALLBACK, scopes: wanted.scopes, acrValues, maxAge }
      const { url, stored } = await client.authorizationRequest(request)
      return client.handleCallback((await issuer.authorize(url)).href, stored)
    }
    const session = client.session(crypto.randomUUID(), {
      async onStepUp(wanted) {
        steps.push(wanted.cause)
        return logIn(wanted)
      },
    })
    const call = createFetch(session, { origins: [api.origin], now, onEvent: (event) => events.push(event) })
    return { call, steps, events, session, begin: async () => session.save(await logIn({ scopes })) }
  }

  it('calls, by a session', async () => {
    const { call, begin, steps } = userOf(['openid', 'offline_access', 'read:messages'])
    await begin()
    const answers = await Promise.all([1, 2, 3].map(() => call(`${api.origin}/messages`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(steps).toEqual([])
  })

  it('asks the user for the scope that is missing, once for all calls', async () => {
    const { call, begin, steps, session } = userOf(['openid', 'offline_access', 'read:messages'])
    await begin()
    const answers = await Promise.all([1, 2, 3].map(() => call(`${api.origin}/admin`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(steps).toEqual(['insufficient_scope'])
    expect((await session.getAccessToken()).scopes).toEqual(expect.arrayContaining(['read:messages', 'admin']))
  })

  it('asks the user for a stronger login', async () => {
    const { call, begin, steps } = userOf(['openid', 'offline_access', 'read:messages'])
    await begin()
    expect((await call(`${api.origin}/transfer`)).status).toBe(200)
    expect(steps).toEqual(['insufficient_user_authentication'])
  })

  it('calls by client credentials too', async () => {
    const now = (): number => Date.now() / 1000 - 3600
    const client = clientOf(issuer, { dpop: 'generate', now, audience: issuer.audience })
    const tokens = client.clientCredentials({ scopes: ['read:messages'] })
    const call = createFetch(tokens, { origins: [api.origin], now })
    expect((await call(`${api.origin}/messages`)).status).toBe(200)
  })
})
