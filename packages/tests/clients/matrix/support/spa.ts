import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { rolldown } from 'rolldown'

import type { Answer } from './libraries.js'
import { AUDIENCE } from './world.js'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** @throws when Chromium is not installed, saying how to */
export function startBrowser(): Promise<Browser> {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('chromium is not installed: apt-get install chromium')
  // Loopback only: whatever else a page names is not found.
  const loopback = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', loopback] })
}

const SOURCE = `import { Auth0Client } from '@auth0/auth0-spa-js'
Object.assign(window, { Auth0Client })
document.title = 'ready'`

/** The library as a page loads it. */
export async function bundleSpa(): Promise<string> {
  const id = fileURLToPath(new URL('../page.mjs', import.meta.url))
  const source = {
    name: 'source',
    resolveId: (given: string) => (given === id ? id : null),
    load: (given: string) => (given === id ? SOURCE : null),
  }
  const build = await rolldown({ input: id, platform: 'browser', plugins: [source] })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  return output[0].code
}

/** What is used of the library. */
interface Spa {
  loginWithRedirect(): Promise<void>
  handleRedirectCallback(): Promise<unknown>
  getTokenSilently(options: object): Promise<unknown>
  createFetcher(options: object): { fetchWithAuth(url: string): Promise<Response> }
}

declare global {
  interface Window {
    Auth0Client: new (options: object) => Spa
    spa: Spa
    spaFetcher: ReturnType<Spa['createFetcher']>
  }
}

/** A page on the origin of an API, since that lets no other origin call it. */
export async function openPage(browser: Browser, api: string, script: string): Promise<Page> {
  const page = await (await browser.newContext({ permissions: ['local-network-access'] })).newPage()
  page.setDefaultTimeout(20_000)
  await page.route(`${api}/spa/**`, (route) => {
    const isScript = route.request().url().endsWith('.js')
    const body = isScript ? script : '<!doctype html><script type="module" src="/spa/page.js"></script>'
    return route.fulfill({ contentType: isScript ? 'text/javascript' : 'text/html', body })
  })
  await page.goto(`${api}/spa/`)
  await page.waitForFunction(() => document.title === 'ready')
  return page
}

/** Logs in by code and PKCE, with a bound token, as the documentation shows it. */
export async function logIn(page: Page, issuer: string): Promise<Answer> {
  const options = {
    domain: issuer.replace(/\/$/, ''),
    clientId: 'spa',
    useDpop: true,
    authorizationParams: { audience: AUDIENCE, redirect_uri: page.url().split('?')[0] },
  }
  await page.route(`${issuer}authorize?**`, async (route) => {
    // Where a redirect leads, no route of the test is asked: the page goes there by itself.
    const { location } = (await route.fetch({ maxRedirects: 0 })).headers()
    const body = `<script>location.replace(${JSON.stringify(location)})</script>`
    await route.fulfill({ contentType: 'text/html', body })
  })
  const arrived = page.waitForURL(/[?&]code=/)
  await page.evaluate(async (given) => new window.Auth0Client(given).loginWithRedirect(), options)
  await arrived
  await page.waitForFunction(() => document.title === 'ready')
  return page.evaluate(async (given) => {
    window.spa = new window.Auth0Client(given)
    window.spaFetcher = window.spa.createFetcher({
      dpopNonceId: 'api',
      getAccessToken: () => window.spa.getTokenSilently({ cacheMode: 'cache-only', detailedResponse: true }),
    })
    await window.spa.handleRedirectCallback()
    return { status: 200 }
  }, options)
}

/** Calls the API that the page is of. */
export function callApi(page: Page): Promise<Answer> {
  return page.evaluate(async () => {
    const { status } = await window.spaFetcher.fetchWithAuth(`${location.origin}/api/private`)
    return { status }
  })
}
