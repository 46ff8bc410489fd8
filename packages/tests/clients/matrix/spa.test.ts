import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { documented, recovery } from './support/recovery.js'
import type { Recovery } from './support/recovery.js'
import { bundleSpa, callApi, logIn, openPage, startBrowser } from './support/spa.js'
import { startWorld } from './support/world.js'
import type { World } from './support/world.js'

const LIBRARY = '@auth0/auth0-spa-js'
let world: World
let browser: Browser
let script: string

beforeAll(async () => {
  ;[world, browser, script] = await Promise.all([startWorld(), startBrowser(), bundleSpa()])
})
afterAll(async () => {
  await browser.close()
  await world.close()
})

/** One answer for all five servers. */
async function atEachApi(apis: readonly string[], ask: (page: Page) => Promise<Recovery>): Promise<Recovery> {
  const all: Recovery[] = []
  for (const origin of apis) {
    const page = await openPage(browser, origin, script)
    all.push(await ask(page))
    await page.context().close()
  }
  expect(new Set(all).size, `the servers differ: ${all.join(', ')}`).toBe(1)
  return all[0] ?? 'no'
}

/** By a clock that is off once the user has logged in. */
async function clock(page: Page, off: number): Promise<Recovery> {
  await logIn(page, world.issuer.issuer)
  await page.evaluate((milliseconds) => {
    const real = Date.now.bind(Date)
    Date.now = () => real() + milliseconds
  }, off * 1000)
  return recovery(() => callApi(page))
}

describe('what each library recovers from', () => {
  it(`${LIBRARY} does what the table says`, async () => {
    world.issuer.demandNonces('required')
    const issuerNonce = await atEachApi(world.apis, (page) => recovery(() => logIn(page, world.issuer.issuer)))
    world.issuer.demandNonces('off')
    const apiNonce = await atEachApi(world.apis, async (page) => {
      await logIn(page, world.issuer.issuer)
      return recovery(() => callApi(page))
    })
    const healed = await atEachApi(world.apis, (page) => clock(page, 3600))
    const ahead = await atEachApi(world.plain, (page) => clock(page, 3600))
    const behind = await atEachApi(world.plain, (page) => clock(page, -3600))
    expect([issuerNonce, apiNonce, healed, ahead, behind]).toEqual(documented()[LIBRARY])
  })
})
