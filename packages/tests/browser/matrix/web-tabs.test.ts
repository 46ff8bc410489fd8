import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'

import { createAuth } from '@acme/auth-hono'
import type { SampleProcess } from '@acme/sample-api/suite'
import { startTenant } from '@acme/tenant'
import type { Tenant } from '@acme/tenant'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { startBrowser } from './support/browser.js'
import { Servers } from './support/client-page.js'
import { startApp } from './support/programs.js'
import { events, isSettled, logIn, openTab, setClock } from './support/web-page.js'
import type { Tab } from './support/web-page.js'

const TABS = 10
const MINUTES = 60
/** Seconds. */
const TOKEN_LIFETIME = 120

const servers = new Servers()
let tenant: Tenant
let web: SampleProcess
let browser: Browser
let startedAt: number

beforeAll(async () => {
  startedAt = Date.now()
  // The clock of the issuer and the API alone: timers and the network go on as ever.
  vi.useFakeTimers({ toFake: ['Date'], now: startedAt, shouldAdvanceTime: true })
  subscribe('http.server.request.start', tellTime)
  tenant = await startTenant({ userTokenLifetime: TOKEN_LIFETIME })
  const api = await startApi()
  web = await startApp('web', {
    AUTH0_ISSUER: tenant.issuer,
    AUTH0_AUDIENCE: tenant.audience,
    API_ORIGINS: `hono=${api}`,
  })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  web.kill()
  servers.close()
  await tenant.close()
  unsubscribe('http.server.request.start', tellTime)
  vi.useRealTimers()
})

/** Node would send its own time as `Date`, which clients take for that of the server. */
function tellTime(message: unknown): void {
  const { response } = message as { response: ServerResponse } // of this channel
  response.setHeader('date', new Date().toUTCString())
}

function startApi(): Promise<string> {
  const { requireAuth } = createAuth({
    issuer: tenant.issuer,
    audience: tenant.audience,
    dpop: { mode: 'required', nonce: { secret: crypto.randomUUID() } },
    onEvent: () => undefined,
  })
  const exposeHeaders = ['WWW-Authenticate', 'DPoP-Nonce', 'Date', 'Retry-After']
  const app = new Hono().use(cors({ origin: '*', exposeHeaders }))
  app.get('/api/messages', requireAuth({ scopes: ['read:messages'] }), (c) => c.json({ messages: [] }))
  return servers.serve(getRequestListener(app.fetch))
}

/** For the issuer, the API and every tab. */
async function setTime(context: BrowserContext, seconds: number): Promise<void> {
  vi.setSystemTime(startedAt + seconds * 1000)
  await setClock(context, (Date.now() - realNow()) / 1000)
}

function realNow(): number {
  return vi.getRealSystemTime()
}

/** Counts what the tabs ask the issuer for, and what it refuses. */
function watchTokenRequests(context: BrowserContext): { readonly granted: string[]; readonly refused: string[] } {
  const seen = { granted: [] as string[], refused: [] as string[] }
  context.on('response', (response) => {
    const request = response.request()
    if (response.url() !== `${tenant.issuer}oauth/token` || request.method() !== 'POST') return
    const grant = new URLSearchParams(request.postData() ?? '').get('grant_type') ?? ''
    if (response.status() === 200) seen.granted.push(grant)
    else seen.refused.push(`${grant} ${response.status()}`)
  })
  return seen
}

/** Presses the button. @returns the status of each server, or the error; by one message to the page, for there are hundreds */
function readMessages({ page }: Tab): Promise<string[]> {
  return page.evaluate(async () => {
    const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Read messages')
    const answers = document.querySelector<HTMLTableSectionElement>('#answers')
    const isOver = (): boolean => answers?.ariaBusy === 'false'
    button?.click()
    while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 10))
    return [...(answers?.rows ?? [])].map(({ cells }) => {
      const [, status, text] = [...cells].map(({ textContent }) => textContent ?? '')
      return status === '200' ? status : `${status} ${text}`
    })
  })
}

it(`${TABS} tabs keep one session for an hour of rotation, and end it together`, async () => {
  const context = await browser.newContext()
  const seen = watchTokenRequests(context)
  await setTime(context, 0)
  const tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(context, web.origin)))
  const [first, last] = [tabs[0], tabs.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no tabs')
  await logIn(first)

  for (let minute = 1; minute <= MINUTES; minute += 1) {
    await setTime(context, minute * 60)
    const calls = await Promise.all(tabs.map(readMessages))
    expect(calls, `minute ${minute}`).toEqual(tabs.map(() => ['200']))
    const reloaded = tabs[minute % TABS]
    if (minute % 5 === 0 && reloaded !== undefined) {
      await reloaded.page.reload()
      await isSettled(reloaded)
    }
  }

  expect(seen.refused).toEqual([])
  expect(new Set(seen.granted)).toEqual(new Set(['authorization_code', 'refresh_token']))
  // At the latest when a token has a quarter of its life left, and once for all tabs.
  const refreshes = seen.granted.filter((grant) => grant === 'refresh_token').length
  expect(refreshes).toBeGreaterThanOrEqual((MINUTES * 60) / TOKEN_LIFETIME)
  expect(refreshes).toBeLessThanOrEqual(MINUTES)
  const told = (await Promise.all(tabs.map(events))).flat().join('\n')
  expect(told).not.toMatch(/ended|no tokens|not stored/)
  expect(tabs.flatMap(({ faults }) => faults)).toEqual([])
  expect(await Promise.all(tabs.map(({ who }) => who.textContent()))).toEqual(tabs.map(() => 'Logged in as ada'))

  await last.page.getByRole('button', { name: 'Log out' }).click()
  const others = tabs.slice(0, -1)
  await Promise.all(others.map(({ who }) => who.filter({ hasText: 'Nobody' }).waitFor()))
  await context.close()
})
