import type { SampleProcess } from '@acme/sample-api/suite'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBrowser } from './support/browser.js'
import { API_NAMES, AUDIENCE, startApp, startPrograms } from './support/programs.js'
import type { Programs } from './support/programs.js'
import { act, logIn, openTab, setClock } from './support/web-page.js'
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
const NONCE = 'a proof with the nonce of the server'

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
})
