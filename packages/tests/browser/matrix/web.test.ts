import type { SampleProcess } from '@acme/sample-api/suite'
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBrowser } from './support/browser.js'
import { API_NAMES, AUDIENCE, startApp, startPrograms } from './support/programs.js'
import type { Programs } from './support/programs.js'
import { act, events, fillIn, isSettled, logIn, openTab, setClock, stepUp } from './support/web-page.js'
import type { Tab } from './support/web-page.js'

let programs: Programs
let web: SampleProcess
let browser: Browser

beforeAll(async () => {
  programs = await startPrograms({ DPOP_NONCE: 'required', AUTH0_DPOP: 'required', CORS_ORIGINS: 'http://127.0.0.1:*' })
  const origins = API_NAMES.map((name) => `${name}=${programs.origin(name)}`).join(',')
  web = await startApp('web', { AUTH0_ISSUER: programs.issuer, AUTH0_AUDIENCE: AUDIENCE, API_ORIGINS: origins })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  web.kill()
  programs.close()
})

interface Visit {
  readonly context: BrowserContext
  /** Opens one more tab. */
  readonly open: () => Promise<Tab>
}

/** In a context of its own, with a clock that may be wrong. It fails for whatever a tab throws or logs as an error. */
async function visit<Result>(use: (visit: Visit) => Promise<Result>, secondsAhead = 0): Promise<Result> {
  const context = await browser.newContext()
  const tabs: Tab[] = []
  try {
    if (secondsAhead !== 0) await setClock(context, secondsAhead)
    const open = async (): Promise<Tab> => {
      const tab = await openTab(context, web.origin)
      tabs.push(tab)
      return tab
    }
    const result = await use({ context, open })
    expect(tabs.flatMap(({ faults }) => faults)).toEqual([])
    return result
  } finally {
    await context.close()
  }
}

/** The tenant wants nonces as well, or not. */
async function demandNonces(isDemanded: boolean): Promise<void> {
  const { status } = await fetch(`${programs.issuer}tenant/nonces/${isDemanded ? 'required' : 'off'}`, {
    method: 'POST',
  })
  expect(status).toBe(204)
}

const everywhere = (row: object): object[] => API_NAMES.map((server) => expect.objectContaining({ server, ...row }))
const TRANSFER = 'Transfer, with a stronger login'
const DELETE = 'Delete, with more scopes'
const REFUSED = expect.stringMatching(/^AUTH_1004/) as string // a matcher, typed as any
const OTHER_USER = expect.stringMatching(/^PKCE_7002.*another user/) as string // likewise
// Seconds: the tokens of the tenant last an hour.
const ALMOST_AN_HOUR = 3590
const NONCE = 'a proof with the nonce of the server'

async function closeWindow({ page }: Tab): Promise<void> {
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Continue' }).click()
  const window = await opened
  await window.getByLabel('Name').waitFor()
  await window.close()
}

/** Resolves when the page refreshes; it will not hear of it, whether the issuer does or not. */
function holdRefresh(page: Page, { isAnswered = false } = {}): Promise<void> {
  let isHeld = false
  return new Promise((resolve, reject) => {
    const hold = async (route: Route): Promise<void> => {
      if (isHeld) return route.continue()
      // One whose proof has the wrong time is refused, and comes again.
      if (isAnswered && (await route.fetch()).status() !== 200) return route.continue()
      isHeld = true
      // Neither continued nor answered: it ends with the page.
      return resolve()
    }
    page.route(`${programs.issuer}oauth/token`, hold).catch(reject)
  })
}

describe('the sample client, in Chromium', () => {
  it.each([
    ['a right clock', 0, false],
    ['a clock an hour fast', 3600, false],
    ['a clock an hour slow', -3600, false],
    ['a right clock, and nonces of the tenant', 0, true],
    ['a clock an hour fast, and nonces of the tenant', 3600, true],
    ['a clock an hour slow, and nonces of the tenant', -3600, true],
  ])('logs in and calls all five servers with DPoP: %s', async (_, secondsAhead, isDemanded) => {
    await demandNonces(isDemanded)
    const [first, second] = await visit(async ({ open }) => {
      const tab = await open()
      expect(await tab.who.textContent()).toBe('Nobody is logged in')
      await logIn(tab)
      return [await act(tab, 'Read messages'), await act(tab, 'Show profile')]
    }, secondsAhead)
    await demandNonces(false)
    expect(first).toEqual(everywhere({ status: '200', answer: expect.stringContaining('"messages"'), did: NONCE }))
    expect(second).toEqual(
      everywhere({ status: '200', answer: expect.stringContaining('"sub":"ada"'), did: 'nothing' }),
    )
  })

  it('steps up once for all five, and not again', async () => {
    await visit(async ({ open }) => {
      const tab = await open()
      await logIn(tab, { strong: false })
      const stepped = await act(tab, TRANSFER, () => stepUp(tab))
      expect(stepped).toEqual(everywhere({ status: '200', did: expect.stringMatching(/a stronger login$/) }))
      expect(await act(tab, TRANSFER)).toEqual(everywhere({ status: '200', did: 'nothing' }))
      expect(await tab.page.locator('#scopes').textContent()).toBe('read:messages')
    })
  })

  it('asks for more scopes, and keeps those that it had', async () => {
    await visit(async ({ open }) => {
      const tab = await open()
      await logIn(tab)
      const rows = await act(tab, DELETE, () => stepUp(tab))
      expect(rows).toEqual(everywhere({ status: '200', did: expect.stringMatching(/more scopes$/) }))
      const scopes = (await tab.page.locator('#scopes').textContent())?.split(' ')
      expect(scopes?.toSorted()).toEqual(['admin:access', 'delete:data', 'read:messages'])
      expect(await act(tab, 'Read messages')).toEqual(everywhere({ status: '200', did: 'nothing' }))
    })
  })

  it.each<[string, (tab: Tab) => Promise<void>, object]>([
    ['the key Escape', ({ page }) => page.keyboard.press('Escape'), { status: 'none', answer: REFUSED }],
    ['Cancel', ({ page }) => page.getByRole('button', { name: 'Cancel' }).click(), { status: 'none', answer: REFUSED }],
    ['a window that is closed', closeWindow, { status: 'none', answer: REFUSED }],
    // The same answer again is for the page: nobody is asked twice.
    ['a login as weak as before', (tab) => stepUp(tab, { strong: false }), { status: '401' }],
    ['a login of somebody else', (tab) => stepUp(tab, { name: 'eve' }), { status: 'none', answer: OTHER_USER }],
  ])('goes on without a step-up: %s', async (_, refuse, row) => {
    await visit(async ({ open }) => {
      const tab = await open()
      await logIn(tab, { strong: false })
      const rows = await act(tab, TRANSFER, async () => {
        await tab.page.getByRole('dialog').waitFor()
        await refuse(tab)
      })
      expect(rows).toEqual(everywhere(row))
      expect(await tab.page.getByRole('dialog').count()).toBe(0)
      expect(await act(tab, 'Show profile')).toEqual(
        everywhere({ status: '200', answer: expect.stringContaining('"ada"') }),
      )
      expect(await tab.who.textContent()).toBe('Logged in as ada')
    })
  })

  it('asks once, also where an answer comes after the user said no', async () => {
    await visit(async ({ open }) => {
      const tab = await open()
      await logIn(tab, { strong: false })
      let release = (): void => undefined
      const refused = new Promise<void>((resolve) => (release = resolve))
      await tab.page.route(`${programs.origin('Hono')}/api/transfer`, async (route) => {
        await refused
        await route.continue()
      })
      const dialog = tab.page.getByRole('dialog')
      const rows = await act(tab, TRANSFER, async () => {
        await dialog.waitFor()
        await tab.page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'hidden' })
        release()
      })
      expect(rows).toEqual(everywhere({ status: 'none', answer: REFUSED }))
      await tab.page.unrouteAll()
      // Another click asks again.
      expect(await act(tab, TRANSFER, () => stepUp(tab))).toEqual(everywhere({ status: '200' }))
    })
  })

  it('is used with the keyboard alone', async () => {
    await visit(async ({ open }) => {
      const { page, who } = await open()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByLabel('Name').waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Space')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await who.filter({ hasText: 'Logged in as ada' }).waitFor()
      await page.getByRole('button', { name: TRANSFER }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      const opened = page.waitForEvent('popup')
      await page.keyboard.press('Enter')
      const window = await opened
      await window.getByLabel('Name').waitFor()
      await window.keyboard.press('Enter')
      await page.waitForFunction(() => document.getElementById('answers')?.ariaBusy === 'false')
      expect(await page.locator('#answers .good').count()).toBe(API_NAMES.length)
      // The button that was pressed still has the focus.
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(TRANSFER)
    })
  })
})

describe('two tabs of the sample client, in Chromium', () => {
  it('a login and a logout in one reach the other', async () => {
    await visit(async ({ open }) => {
      const [one, other] = [await open(), await open()]
      await logIn(one)
      await other.who.filter({ hasText: 'Logged in as ada' }).waitFor()
      expect(await act(other, 'Read messages')).toEqual(everywhere({ status: '200' }))
      const key = (tab: Tab): Promise<string | null> => tab.page.locator('#key').textContent()
      expect(await key(one)).toMatch(/^[\w-]{43}$/)
      expect(await key(other)).toBe(await key(one))

      await other.page.getByRole('button', { name: 'Log out' }).click()
      await one.who.filter({ hasText: 'Nobody' }).waitFor()
      expect(await one.page.locator('#answers tr').count()).toBe(0)
      expect(await one.page.locator('#calls').isVisible()).toBe(false)
      // At the tenant, where a button ends its session as well.
      await other.page.getByRole('button', { name: 'Log out' }).click()
      await isSettled(other)
      expect(await other.who.textContent()).toBe('Nobody is logged in')
    })
  })

  it('a reload in the middle of a refresh keeps the session, and lets the other tab refresh', async () => {
    await visit(async ({ context, open }) => {
      const [one, other] = [await open(), await open()]
      await logIn(one)
      await setClock(context, ALMOST_AN_HOUR)
      const held = holdRefresh(one.page)
      await one.page.getByRole('button', { name: 'Read messages' }).click()
      await held
      const waiting = act(other, 'Read messages')
      await one.page.reload()
      expect(await waiting).toEqual(everywhere({ status: '200' }))
      await one.who.filter({ hasText: 'Logged in as ada' }).waitFor()
      expect(await act(one, 'Read messages')).toEqual(everywhere({ status: '200' }))
      expect([...(await events(one)), ...(await events(other))].join()).not.toMatch(/ended|no tokens/)
    }, 1)
  })

  it('a refresh whose answer is lost ends the session in both, and a login begins it again', async () => {
    await visit(async ({ context, open }) => {
      const [one, other] = [await open(), await open()]
      await logIn(one)
      await setClock(context, ALMOST_AN_HOUR)
      // The issuer has rotated the refresh token, and the page is gone before it hears of it.
      const held = holdRefresh(one.page, { isAnswered: true })
      await one.page.getByRole('button', { name: 'Read messages' }).click()
      await held
      await one.page.reload()
      await one.who.filter({ hasText: 'Nobody' }).waitFor()
      await other.who.filter({ hasText: 'Nobody' }).waitFor()
      expect((await events(one)).filter((text) => text.includes('no tokens by refresh_token'))).toHaveLength(1)
      await logIn(one)
      await other.who.filter({ hasText: 'Logged in as ada' }).waitFor()
      expect(await act(one, 'Read messages')).toEqual(everywhere({ status: '200' }))
    }, 1)
  })
})

describe('callbacks that are not of a login, in Chromium', () => {
  it.each([
    ['/?code=stolen&state=made-up', 'PKCE_7001'],
    ['/?error=access_denied&state=made-up', 'PKCE_7001'],
    ['/callback?code=stolen&state=made-up', 'PKCE_7001'],
  ])('%s', async (path, code) => {
    await visit(async ({ open }) => {
      const tab = await open()
      await tab.page.goto(web.origin + path)
      await isSettled(tab)
      expect(await tab.who.textContent()).toBe('Nobody is logged in')
      expect(await tab.page.getByRole('alert').textContent()).toContain(code)
      expect(new URL(tab.page.url()).search).toBe('')
    })
  })

  it('a message of another window is no callback', async () => {
    await visit(async ({ open }) => {
      const tab = await open()
      await logIn(tab, { strong: false })
      const rows = await act(tab, TRANSFER, async () => {
        const opened = tab.page.waitForEvent('popup')
        await tab.page.getByRole('button', { name: 'Continue' }).click()
        const window = await opened
        await tab.page.evaluate(() => postMessage({ callback: `${location.origin}/callback?code=x&state=y` }))
        const closed = window.waitForEvent('close')
        await fillIn(window)
        await closed
      })
      expect(rows).toEqual(everywhere({ status: '200' }))
    })
  })
})
