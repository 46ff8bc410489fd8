import type { SampleProcess } from '@acme/sample-api/suite'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findings } from './support/axe.js'
import { startBrowser } from './support/browser.js'
import { choose, failedCheck, isAnswered, isSettled, logIn, play, rows, send } from './support/playground-page.js'
import { AUDIENCE, startApp } from './support/programs.js'

const SERVERS = ['express', 'fastify', 'nest/express', 'nest/fastify', 'hono']
const OFF = { dpop: 'allowed', nonce: 'off', route: 'GET /api/messages', scheme: 'DPoP', server: 'express' }
const HEAL = { ...OFF, nonce: 'heal' }
const STRICT = { ...OFF, dpop: 'required', nonce: 'required' }
const BEARER_ONLY = { ...OFF, dpop: 'disabled' }

let tenant: SampleProcess
let playground: SampleProcess
let browser: Browser

beforeAll(async () => {
  tenant = await startApp('tenant', {})
  playground = await startApp('playground', { AUTH0_ISSUER: `${tenant.origin}/`, AUTH0_AUDIENCE: AUDIENCE })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  // It stops the servers that it has started.
  const code = await playground.stop('SIGTERM')
  tenant.kill()
  if (code !== 0) throw new Error(`the playground ended with ${code}`)
})

const everywhere = (row: object): object[] => SERVERS.map((server) => expect.objectContaining({ server, ...row }))

async function verdict(page: Page): Promise<string> {
  return (await page.locator('#verdict').textContent()) ?? ''
}

type Expected = readonly [fault: string, status: string, error: string, code: string, check: string]

/** Each is refused by all five, and each trace says which check it was. */
const REFUSED: readonly Expected[] = [
  ['no-token', '401', 'invalid_request', 'AUTH_1003', 'credentials'],
  ['expired', '401', 'invalid_token', 'AUTH_1001', 'expiry'],
  ['not-yet', '401', 'invalid_token', 'AUTH_1002', 'not before'],
  ['wrong-audience', '401', 'invalid_token', 'AUTH_1002', 'audience'],
  ['wrong-issuer', '401', 'invalid_token', 'AUTH_1002', 'issuer'],
  ['missing-scope', '403', 'insufficient_scope', 'AUTH_1005', 'requirements'],
  ['revoked', '401', 'invalid_token', 'AUTH_1018', 'revocation'],
  ['changed', '401', 'invalid_token', 'AUTH_1002', 'signature'],
  ['id-token', '401', 'invalid_token', 'AUTH_1002', 'audience'],
  ['garbage', '401', 'invalid_token', 'AUTH_1002', 'token form'],
  ['bound-as-bearer', '401', 'invalid_token', 'AUTH_1004', 'binding'],
  ['unbound-as-dpop', '401', 'invalid_token', 'DPOP_6002', 'binding'],
  ['bearer-with-proof', '400', 'invalid_request', 'VAL_2006', 'binding'],
  ['two-tokens', '400', 'invalid_request', 'VAL_2002', 'credentials'],
  ['no-proof', '400', 'invalid_dpop_proof', 'DPOP_6001', 'one proof'],
  ['two-proofs', '400', 'invalid_dpop_proof', 'DPOP_6004', 'one proof'],
  ['replayed', '400', 'invalid_dpop_proof', 'DPOP_6012', 'replay'],
  ['wrong-url', '400', 'invalid_dpop_proof', 'DPOP_6009', 'proof URL'],
  ['wrong-method', '400', 'invalid_dpop_proof', 'DPOP_6008', 'proof method'],
  ['slow-clock', '400', 'invalid_dpop_proof', 'DPOP_6010', 'proof time'],
  ['fast-clock', '400', 'invalid_dpop_proof', 'DPOP_6010', 'proof time'],
  ['other-token', '400', 'invalid_dpop_proof', 'DPOP_6011', 'proof token'],
  ['other-key', '401', 'invalid_token', 'DPOP_6003', 'key of the token'],
  ['rs256', '400', 'invalid_dpop_proof', 'DPOP_6005', 'proof algorithm'],
]

/** Where the mode decides. */
const MODES: readonly (readonly [mode: typeof OFF, fault: string, row: object])[] = [
  [OFF, 'none', { status: '200', told: 'let through' }],
  // Nobody asks for a nonce.
  [OFF, 'forged-nonce', { status: '200', told: 'let through' }],
  [{ ...OFF, scheme: 'Bearer' }, 'none', { status: '200', told: 'let through' }],
  [HEAL, 'none', { status: '200', told: 'let through' }],
  [HEAL, 'slow-clock', { status: '200', told: 'let throughafter 401' }],
  [HEAL, 'fast-clock', { status: '200', told: 'let throughafter 401' }],
  [HEAL, 'forged-nonce', { status: '401', error: 'use_dpop_nonce', code: 'DPOP_6014' }],
  [STRICT, 'none', { status: '200', told: 'let throughafter 401' }],
  [STRICT, 'replayed', { status: '400', code: 'DPOP_6012' }],
  [{ ...STRICT, scheme: 'Bearer' }, 'none', { status: '400', error: 'invalid_request', code: 'VAL_2004' }],
  [STRICT, 'bound-as-bearer', { status: '401', code: 'AUTH_1004' }],
  [BEARER_ONLY, 'none', { status: '400', error: 'invalid_request', code: 'VAL_2005' }],
  [{ ...BEARER_ONLY, scheme: 'Bearer' }, 'none', { status: '200', told: 'let through' }],
  [BEARER_ONLY, 'bound-as-bearer', { status: '401', code: 'AUTH_1004' }],
]

describe('the playground, in Chromium', () => {
  it('tries all that it offers', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      const offered = await page
        .locator('#choose-fault option')
        .evaluateAll((all) => all.map((one) => one.getAttribute('value')))
      const tried = new Set([...REFUSED.map(([fault]) => fault), ...MODES.map(([, fault]) => fault)])
      expect(offered.filter((fault) => !tried.has(fault ?? ''))).toEqual([])
    })
  })

  it('has every fault refused by all five servers, each with its code and the check of its trace', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      for (const [fault, status, error, code, check] of REFUSED) {
        await choose(page, { ...OFF, fault, scheme: fault.includes('bearer') ? 'Bearer' : 'DPoP' })
        expect(await send(page), fault).toEqual(everywhere({ status, error, code }))
        expect(await verdict(page), fault).toBe(
          `All five servers answer ${status} ${error} (${code}): it fails at “${check}”.`,
        )
        for (const server of SERVERS) {
          await page.locator(`[data-server="${server}"]`).click()
          expect(await failedCheck(page), `${fault} at ${server}`).toBe(check)
        }
      }
      // The user of the page was neither revoked nor logged out.
      await choose(page, { ...OFF, fault: 'none' })
      expect(await send(page)).toEqual(everywhere({ status: '200' }))
    })
  })

  it('has the servers in the mode that is chosen', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      for (const [mode, fault, row] of MODES) {
        await choose(page, { ...mode, fault, ...(fault.includes('bearer') && { scheme: 'Bearer' }) })
        expect(await send(page), `${mode.dpop} ${mode.nonce} ${fault}`).toEqual(everywhere(row))
      }
    })
  })

  it('shows key and token, the request taken apart, the challenge in words, and the trace with its fix', async () => {
    await play(browser, playground.origin, { viewport: { width: 1400, height: 900 } }, async ({ page }) => {
      await logIn(page)
      const credentials = await page.locator('#credentials').innerText()
      expect(credentials).toContain('cannot be read out')
      expect(credentials).toContain('cnf.jkt is its thumbprint')
      await choose(page, { ...OFF, fault: 'wrong-audience', server: 'hono' })
      await send(page)
      const request = await page.locator('#request').innerText()
      expect(request).toMatch(/GET http:\/\/127\.0\.0\.1:\d+\/api\/messages/)
      expect(request).toMatch(/Authorization: DPoP \S{12}…/)
      expect(request).toContain('dpop+jwt')
      expect(await page.locator('#request mark').allInnerTexts()).toEqual(['https://other.example.test/'])
      const answer = await page.locator('#answer').innerText()
      expect(answer).toContain('Says invalid_token: the token is not accepted')
      expect(answer).toContain('"code": "AUTH_1002"')
      const trace = await page.locator('#trace').innerText()
      expect(trace).toContain('RFC 7519 §4.1.3')
      expect(trace).toContain('aud is "https://other.example.test/"')
      expect(trace).toContain('the client requests a token with that audience')
    })
  })

  it('has the timeline of a DPoP request with nonce, step by step', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...STRICT, fault: 'none' })
      await send(page)
      const lines = await page.locator('#timeline li').allInnerTexts()
      const told = lines.map((line) => line.replace(/\s+/g, ' ').replace(/[\d.]+ m?s$/, 'time'))
      expect(told).toEqual([
        'Login at the tenant, until it sent you back time',
        'Token request: authorization_code 200 time',
        'The request: GET /api/messages 401 use_dpop_nonce time',
        'The request, with the nonce: GET /api/messages 200 time',
      ])
      // The first step is as good to look at as the last.
      await page.getByRole('button', { name: /^1 · 401/ }).click()
      expect(await page.locator('#answer').innerText()).toMatch(/dpop-nonce: \S+/)
      expect(await failedCheck(page)).toBe('nonce')
      await page.getByRole('button', { name: /^2 · 200/ }).click()
      expect(await page.locator('#request').innerText()).toMatch(/nonce\s+\S+/)
      expect(await page.locator('#trace').innerText()).toContain('Let through')
    })
  })

  it('is used by keyboard alone, and tells what came of it', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      const { keyboard } = page
      await keyboard.press('Tab')
      expect(await page.locator(':focus').textContent()).toBe('Skip to the answers')
      await keyboard.press('Control+Enter')
      await page.getByLabel('Name').waitFor()
      await keyboard.press('Enter')
      await isSettled(page)
      const reach = async (id: string): Promise<void> => {
        for (let times = 0; times < 40; times++) {
          if (await page.locator(`${id}:focus, ${id} :focus`).count()) return
          await keyboard.press('Tab')
        }
        throw new Error(`${id} cannot be reached`)
      }
      await reach('#choose-nonce')
      // From heal.
      await keyboard.press('ArrowLeft')
      await reach('#choose-fault')
      await keyboard.type('Exp')
      await keyboard.press('Enter')
      await isAnswered(page)
      expect(await rows(page)).toEqual(everywhere({ status: '401', code: 'AUTH_1001' }))
      expect(await page.locator('[role="status"]').allTextContents()).toContain(await verdict(page))
      await reach('#answers [data-server="hono"]')
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
      expect(outline).toBe('solid')
      await keyboard.press('Space')
      expect(await page.locator('#detail-title').textContent()).toBe('In detail: hono')
      expect(await page.locator(':focus').textContent()).toBe('hono')
      await keyboard.press('Control+Enter')
      await isAnswered(page)
      expect(await failedCheck(page)).toBe('expiry')
    })
  })

  it('keeps the choice in the URL, over a login and a reload, and never a token', async () => {
    await play(browser, `${playground.origin}/#fault=replayed&dpop=required&server=hono`, {}, async ({ page }) => {
      await logIn(page)
      expect(await page.locator('#choose-fault').inputValue()).toBe('replayed')
      await page.reload()
      await isSettled(page)
      expect(await page.locator('#who').textContent()).toBe('Logged in as ada')
      expect(await page.locator('#choose-server').inputValue()).toBe('hono')
      expect(await page.getByRole('radio', { name: 'required' }).first().isChecked()).toBe(true)
      await send(page)
      expect(page.url().length).toBeLessThan(200)
      expect(page.url()).not.toContain('eyJ')
      const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
      expect(kept).not.toContain('eyJ')
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.locator('#who').filter({ hasText: 'Nobody' }).waitFor()
      // What was told to one user is not for the next.
      expect(await page.locator('main').innerText()).not.toMatch(/ada|proof_replayed/)
    })
  })

  it('copies the request for a shell, and the link', async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    await play(browser, playground.origin, { permissions }, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...OFF, fault: 'expired' })
      await send(page)
      await page.getByRole('button', { name: 'Copy as curl' }).click()
      await page.getByText('Command copied').waitFor()
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      expect(copied).toMatch(
        /^curl -sS -i -X GET 'http:\/\/127\.0\.0\.1:\d+\/api\/messages' \\\n {2}-H 'Authorization: DPoP ey/,
      )
      await page.getByRole('button', { name: 'Copy link' }).click()
      await page.getByText('Link copied').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url())
    })
  })

  it('marks what differs from the other servers', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...OFF, fault: 'expired' })
      await page.route('**/send', async (route) => {
        const { server } = route.request().postDataJSON() as { server: string } // of the page
        if (server !== 'hono') return route.continue()
        const response = await route.fetch()
        const answer = (await response.json()) as { status: number; body: string } // of its server
        const changed = { ...answer, status: 403, body: answer.body.replace('AUTH_1001', 'AUTH_9999') }
        return route.fulfill({ response, json: changed })
      })
      const others = everywhere({ status: '401', code: 'AUTH_1001' }).slice(0, -1)
      const told = 'invalid_tokenAUTH_9999fails at: expiry≠ differs in status, code'
      expect(await send(page)).toEqual([
        ...others,
        { server: 'hono', status: '403', error: 'invalid_token', code: 'AUTH_9999', told },
      ])
      expect(await verdict(page)).toMatch(/^The servers differ\. Most answer 401 invalid_token \(AUTH_1001\)/)
      expect(await findings(page)).toEqual([])
    })
  })

  it('does not pass old answers for new ones: of another choice, or of a session that ended in another tab', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...OFF, fault: 'none' })
      await send(page)
      await choose(page, { ...OFF, fault: 'expired' })
      await expect.poll(() => verdict(page)).toBe('These answers are to the request before: send this one.')
      await choose(page, { ...OFF, fault: 'none', server: 'hono' })
      await expect.poll(() => verdict(page)).toMatch(/^All five servers answer 200/)
      const other = await page.context().newPage()
      await other.goto(playground.origin)
      await other.getByRole('button', { name: 'Log out' }).click()
      await other.locator('#who').filter({ hasText: 'Nobody' }).waitFor()
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.getByRole('alert').filter({ hasText: 'The session has ended' }).waitFor()
      expect((await rows(page)).map(({ status }) => status)).toEqual(SERVERS.map(() => '–'))
      expect(await page.locator('#send').textContent()).toBe('Log in to send')
    })
  })

  it('says so when its server is gone, and goes on', async () => {
    await play(browser, playground.origin, {}, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...OFF, fault: 'none' })
      const broken = { status: 200, contentType: 'application/json', body: '{ not JSON' }
      await page.route('**/send', (route) => route.fulfill(broken), { times: 1 })
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.getByRole('alert').filter({ hasText: /JSON/ }).waitFor()
      expect(await verdict(page)).toBe('Nothing came of it.')
      expect(await findings(page)).toEqual([])
      await isAnswered(page)
      // What was answered before is not taken for the answer to this.
      await page.route('**/send', (route) => route.abort('aborted'), { times: 5 })
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.getByRole('alert').filter({ hasText: 'has the demo ended?' }).waitFor()
      expect((await rows(page)).map(({ status }) => status)).toEqual(SERVERS.map(() => '–'))
      await page.unrouteAll()
      expect(await send(page)).toEqual(everywhere({ status: '200' }))
      expect(await page.getByRole('alert').count()).toBe(0)
    })
  })
})

// Colours do not depend on the width, nor the layout on colours.
describe.each([
  ['on a wide screen, dark', { viewport: { width: 1400, height: 900 }, colorScheme: 'dark' }],
  ['on a phone, light', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
] as const)('the playground %s', (_, options) => {
  it('is without findings of axe in every state, and without horizontal scrolling', async () => {
    await play(browser, playground.origin, options, async ({ page }) => {
      const look = async (state: string): Promise<void> => {
        expect(await findings(page), state).toEqual([])
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect(over, state).toBeLessThanOrEqual(0)
      }
      await look('logged out')
      await logIn(page)
      await look('logged in')
      for (const [choice, fault] of [
        [OFF, 'none'],
        [OFF, 'expired'],
        [STRICT, 'none'],
        [STRICT, 'replayed'],
        [{ ...BEARER_ONLY, scheme: 'Bearer' }, 'missing-scope'],
      ] as const) {
        await choose(page, { ...choice, fault })
        await send(page)
        await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)))
        await look(`${choice.dpop} ${fault}`)
      }
    })
  })

  it('stays where it is while it loads and while answers come, and shows them', async () => {
    await play(browser, playground.origin, options, async ({ page }) => {
      await logIn(page)
      await choose(page, { ...STRICT, fault: 'expired' })
      expect(await shifts(page)).toBeLessThan(0.01)
      await send(page)
      await expect.poll(() => page.locator('#verdict').evaluate(isInView)).toBe(true)
      expect(await shifts(page)).toBeLessThan(0.01)
      await choose(page, { ...STRICT, fault: 'replayed' })
      await send(page)
      expect(await shifts(page)).toBeLessThan(0.01)
    })
  })
})

/** Cumulative Layout Shift of the page since it was loaded. */
function shifts(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list, observer) => {
          observer.disconnect()
          const entries = list.getEntries() as (PerformanceEntry & { value: number })[] // of this type
          resolve(entries.reduce((sum, { value }) => sum + value, 0))
        }).observe({ type: 'layout-shift', buffered: true })
        // Where nothing has moved, nobody is told.
        setTimeout(() => resolve(0), 300)
      }),
  )
}

function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect()
  return top >= 0 && bottom <= window.innerHeight
}
