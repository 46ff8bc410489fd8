import type { IncomingMessage } from 'node:http'

import { createAuth } from '@acme/auth-hono'
import type { AuthOptions } from '@acme/auth-hono'
import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBrowser } from './support/browser.js'
import { open, Servers, thumbprint } from './support/client-page.js'

const servers = new Servers()
let issuer: ListeningTestIssuer
let browser: Browser
let page: Page
let accessToken: string
let stolen: IncomingMessage[]

beforeAll(async () => {
  issuer = await startTestIssuer()
  browser = await startBrowser()
  page = await open(await browser.newContext(), await servers.servePage())
  accessToken = await issuer.accessToken({ jkt: await thumbprint(page) })
})

afterAll(async () => {
  await browser.close()
  servers.close()
  await issuer.close()
})

/** An API on another origin than the page, as browsers let it be called. */
async function startApi(dpop: NonNullable<AuthOptions['dpop']>): Promise<string> {
  stolen = []
  const evil = await servers.serve((request, response) => {
    stolen.push(request)
    response.setHeader('access-control-allow-origin', '*').end('evil')
  })
  const { requireAuth } = createAuth({
    issuer: issuer.issuer,
    audience: issuer.audience,
    dpop,
    onEvent: () => undefined,
  })
  const exposeHeaders = ['WWW-Authenticate', 'DPoP-Nonce', 'Date', 'Retry-After']
  const app = new Hono().use(cors({ origin: '*', exposeHeaders }))
  app.get('/moved', (c) => c.redirect('/messages'))
  app.get('/away', (c) => c.redirect(`${evil}/`))
  app.get('/messages', requireAuth(), (c) => c.text('messages'))
  app.post('/messages', requireAuth(), async (c) => c.text(await c.req.text()))
  return servers.serve(getRequestListener(app.fetch))
}

interface Call {
  readonly url: string
  readonly init?: RequestInit
  /** Whether the page hands in a `Request`. */
  readonly asRequest?: boolean
  /** Seconds by which the clock of the page is wrong. */
  readonly off?: number
}

/** Calls an API twice from the page. @returns what it answered, and what was done before */
function call(calls: Call): Promise<{ answers: unknown[]; causes: string[] }> {
  return page.evaluate(
    async ({ url, init, asRequest, off = 0, value }) => {
      const causes: string[] = []
      const dpopKey = await window.storedDpopKeyPair()
      const token = { value, type: 'DPoP', expiresAt: undefined, scopes: undefined, dpopKey } as const
      const apiFetch = window.createFetch(
        { getAccessToken: () => Promise.resolve(token) },
        {
          origins: [new URL(url).origin],
          now: () => Date.now() / 1000 + off,
          onEvent: ({ cause }) => causes.push(cause),
        },
      )
      const answer = (): Promise<unknown> =>
        apiFetch(asRequest === true ? new Request(url, init) : url, asRequest === true ? undefined : init).then(
          async (response) => [response.type, response.status, await response.text()],
          ({ reason, message }: { reason?: string; message: string }) => reason ?? message,
        )
      return { answers: [await answer(), await answer()], causes }
    },
    { ...calls, value: accessToken },
  )
}

const twice = (answer: unknown): unknown[] => [answer, answer]
const post = { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } }

describe('calls from a page, in Chromium', () => {
  const nonce = { secret: crypto.randomUUID() }

  it.each<[string, Omit<Call, 'url'>, string]>([
    ['GET', {}, 'messages'],
    ['POST', { init: post }, 'hello'],
    ['a Request with a body, which is sent once', { init: post, asRequest: true }, 'hello'],
  ])('%s: a nonce is learnt once', async (_, given, text) => {
    const api = await startApi({ mode: 'required', nonce })
    const seen = await call({ url: `${api}/messages`, ...given })
    expect(seen).toEqual({ answers: twice(['cors', 200, text]), causes: ['nonce'] })
  })

  it.each([3600, -3600])('a clock that is %i seconds off', async (off) => {
    const api = await startApi({ mode: 'required' })
    const seen = await call({ url: `${api}/messages`, off })
    expect(seen).toEqual({ answers: twice(['cors', 200, 'messages']), causes: ['clock'] })
  })

  it.each(['/moved', '/away'])('the redirect of %s is refused: where it leads is not told', async (path) => {
    const api = await startApi({ mode: 'required' })
    expect((await call({ url: api + path })).answers).toEqual(twice('redirect_refused'))
    const manual = await call({ url: api + path, init: { redirect: 'manual' } })
    expect(manual.answers).toEqual(twice(['opaqueredirect', 0, '']))
    expect(stolen).toEqual([])
  })
})
