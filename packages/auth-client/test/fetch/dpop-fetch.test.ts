import type { IncomingMessage } from 'node:http'

import { createAuth, getAuth } from '@acme/auth-express'
import { startTestIssuer } from '@acme/auth-testing'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'

import { dpopFetch, dpopThumbprint, generateDpopKeyPair } from '../../src/index.js'
import type { DpopFetchOptions } from '../../src/index.js'
import { serve } from '../support.js'

const keyPair = await generateDpopKeyPair()

describe('a fetch for one token', () => {
  it('proves each request, with a nonce and a clock that it learns', async () => {
    const issuer = await startTestIssuer()
    onTestFinished(() => issuer.close())
    const { requireAuth } = createAuth({
      issuer: issuer.issuer,
      audience: issuer.audience,
      dpop: { mode: 'required', nonce: { secret: crypto.randomUUID() } },
      onEvent: () => undefined,
    })
    const app = express().get('/me', requireAuth(), (request, response) => {
      response.json(getAuth(request).scheme)
    })
    const origin = await serve(app)
    const accessToken = await issuer.accessToken({ jkt: await dpopThumbprint(keyPair) })
    const causes: string[] = []
    const call = dpopFetch({
      accessToken,
      keyPair,
      origins: [origin],
      now: () => Date.now() / 1000 - 3600,
      onEvent: ({ cause }) => causes.push(cause),
    })
    for (let i = 0; i < 3; i++) expect(await (await call(`${origin}/me`)).json()).toBe('DPoP')
    expect(causes).toEqual(['nonce'])
  })

  it('a token that is refused is refused: there is no other, and the answer can be read', async () => {
    const requests: IncomingMessage[] = []
    const origin = await serve((request, response) => {
      requests.push(request)
      response.writeHead(401, { 'www-authenticate': 'DPoP error="invalid_token"' }).end('expired')
    })
    const response = await dpopFetch({ accessToken: 'a', keyPair, origins: [origin] })(origin)
    expect([response.status, await response.text(), requests.length]).toEqual([401, 'expired', 1])
  })

  it.each([undefined, '', 'a b', 'a\r\nb'])('the token %j is not sent', async (accessToken) => {
    const requests: IncomingMessage[] = []
    const origin = await serve((request, response) => {
      requests.push(request)
      response.end()
    })
    const options = { accessToken, keyPair, origins: [origin] } as DpopFetchOptions // wrong on purpose
    await expect(async () => dpopFetch(options)(origin)).rejects.toThrow()
    expect(requests).toEqual([])
  })
})
