import type { SampleProcess } from '@acme/sample-api/suite'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBrowser } from './support/browser.js'
import { connections, heard, press, say, watchSockets } from './support/live-page.js'
import { API_NAMES, AUDIENCE, startApp, startPrograms } from './support/programs.js'
import type { Programs } from './support/programs.js'
import { events, logIn, openTab, stepUp } from './support/web-page.js'
import type { Tab } from './support/web-page.js'

/** Seconds. */
const TOKEN_LIFETIME = 10
const EVENTUALLY = { timeout: 30_000 }

let programs: Programs
let brief: Programs
let browser: Browser
const pages: SampleProcess[] = []

beforeAll(async () => {
  const settings = { DPOP_NONCE: 'required', CORS_ORIGINS: 'http://127.0.0.1:*' }
  programs = await startPrograms(settings)
  brief = await startPrograms(settings, { USER_TOKEN_LIFETIME: String(TOKEN_LIFETIME) })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  for (const page of pages) page.kill()
  programs.close()
  brief.close()
})

/** The page, with bound tokens unless told otherwise. @returns its origin */
async function startPage({ issuer, origin }: Programs, AUTH0_DPOP = 'required'): Promise<string> {
  const API_ORIGINS = API_NAMES.map((name) => `${name}=${origin(name)}`).join(',')
  const page = await startApp('web', { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: AUDIENCE, AUTH0_DPOP, API_ORIGINS })
  pages.push(page)
  return page.origin
}

/** In a context of its own. It fails for whatever a tab throws or logs as an error. */
async function visit(origin: string, use: (open: () => Promise<Tab>) => Promise<void>): Promise<void> {
  const context = await browser.newContext()
  const tabs: Tab[] = []
  try {
    await use(async () => {
      const tab = await openTab(context, origin)
      tabs.push(tab)
      return tab
    })
    expect(tabs.flatMap(({ faults }) => faults)).toEqual([])
  } finally {
    await context.close()
  }
}

const everywhere = (row: object): object[] => API_NAMES.map((server) => expect.objectContaining({ server, ...row }))

async function connect({ page }: Tab): Promise<void> {
  await press(page, 'Connect')
  await expect.poll(() => connections(page), EVENTUALLY).toEqual(everywhere({ connection: 'connected' }))
}

describe('the live panel of the sample client, in Chromium', () => {
  it('connects by tickets with a bound token, gets the scope to speak, and everybody hears it', async () => {
    await visit(await startPage(programs), async (open) => {
      const [speaker, listener] = [await open(), await open()]
      const sockets = watchSockets(speaker.page)
      await logIn(speaker)
      await listener.who.filter({ hasText: 'Logged in as ada' }).waitFor()
      await connect(speaker)
      await connect(listener)
      expect(sockets.map(({ url }) => [...url.searchParams.keys()])).toEqual(API_NAMES.map(() => ['auth0_ticket']))
      expect((await connections(speaker.page)).every(({ seconds }) => seconds > 3500 && seconds <= 3600)).toBe(true)

      await say(speaker.page, '<b>hello</b>')
      await stepUp(speaker)
      const said = API_NAMES.map((name) => `${name}: ada says <b>hello</b>`).toSorted()
      for (const { page } of [speaker, listener]) {
        await expect.poll(async () => (await heard(page)).toSorted(), EVENTUALLY).toEqual(said)
      }
      expect(await connections(speaker.page)).toEqual(everywhere({ told: 'renewed' }))
      const scopes = (await speaker.page.locator('#scopes').textContent())?.split(' ')
      expect(scopes?.toSorted()).toEqual(['read:messages', 'write:messages'])
      // No connection was opened for the wider scopes, and nobody is asked again.
      await say(speaker.page, 'again')
      await expect.poll(() => heard(listener.page), EVENTUALLY).toHaveLength(2 * API_NAMES.length)
      expect(sockets.map(({ isClosed }) => isClosed)).toEqual(API_NAMES.map(() => false))
    })
  })

  it('connects to those that are chosen alone, and again after a reload', async () => {
    await visit(await startPage(programs), async (open) => {
      const tab = await open()
      await logIn(tab)
      await tab.page.getByLabel('Hono').uncheck()
      const chosen = everywhere({ connection: 'connected' }).slice(0, -1)
      const all = [...chosen, { server: 'Hono', connection: 'not connected', seconds: Number.NaN, told: '' }]
      await press(tab.page, 'Connect')
      await expect.poll(() => connections(tab.page), EVENTUALLY).toEqual(all)
      await tab.page.reload()
      await expect.poll(() => connections(tab.page), EVENTUALLY).toEqual(all)
      await press(tab.page, 'Disconnect')
      await expect.poll(() => connections(tab.page)).toEqual(everywhere({ connection: 'not connected' }))
    })
  })

  it('presents a Bearer token as a subprotocol, which is in no URL', async () => {
    await visit(await startPage(programs, 'disabled'), async (open) => {
      const tab = await open()
      const sockets = watchSockets(tab.page)
      await logIn(tab)
      expect(await tab.page.locator('#key').textContent()).toBe('none')
      await connect(tab)
      expect(sockets.map(({ url }) => url.pathname + url.search)).toEqual(API_NAMES.map(() => '/ws'))
    })
  })

  it.each([
    ['bound tokens, by tickets', 'required'],
    ['Bearer tokens', 'disabled'],
  ])('outlives its tokens without a gap: %s', async (_, dpop) => {
    await visit(await startPage(brief, dpop), async (open) => {
      const tab = await open()
      const sockets = watchSockets(tab.page)
      await logIn(tab)
      await connect(tab)
      const connectedAt = performance.now()
      const isOutlived = (): boolean => performance.now() - connectedAt > 1.2 * TOKEN_LIFETIME * 1000
      await expect.poll(isOutlived, EVENTUALLY).toBe(true)
      expect(await connections(tab.page)).toEqual(everywhere({ connection: 'connected', told: 'renewed' }))
      expect(sockets.map(({ isClosed }) => isClosed)).toEqual(API_NAMES.map(() => false))
      expect((await events(tab)).join('\n')).not.toMatch(/ended|no tokens/)
    })
  })

  it('is logged out everywhere, in each tab, and connects again after a new login', async () => {
    await visit(await startPage(programs), async (open) => {
      const [tab, other] = [await open(), await open()]
      await logIn(tab)
      await other.who.filter({ hasText: 'Logged in as ada' }).waitFor()
      await connect(tab)
      await connect(other)
      const sockets = watchSockets(tab.page)

      await press(tab.page, 'End all my sessions')
      const told = 'The access token was revoked (1008)'
      await expect.poll(() => connections(tab.page), EVENTUALLY).toEqual(everywhere({ connection: 'logged out', told }))
      await tab.who.filter({ hasText: 'Nobody' }).waitFor()
      await other.who.filter({ hasText: 'Nobody' }).waitFor()
      expect(await tab.page.getByRole('button', { name: 'Connect', exact: true }).count()).toBe(0)
      expect((await connections(other.page)).some(({ connection }) => connection === 'connected')).toBe(false)

      // `iat` has whole seconds: a token of the second of the logout counts as one of before.
      const second = Math.floor(Date.now() / 1000)
      await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(second)
      await logIn(tab)
      await expect.poll(() => connections(tab.page), EVENTUALLY).toEqual(everywhere({ connection: 'connected' }))
      expect(sockets).toHaveLength(API_NAMES.length)
    })
  })
})
