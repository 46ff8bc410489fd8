import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { here, readPages } from '../src/pages.js'
import { serveFolder, startBrowser } from './support.js'
import type { Served } from './support.js'

const site = join(here, 'dist/site')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser: Browser
let served: Served

beforeAll(async () => {
  // It fails for a dead link.
  const env = { ...process.env, DOCS_URL: 'https://docs.example.com/' }
  await promisify(execFile)(process.execPath, ['dist/main.js', 'build'], { cwd: here, env, maxBuffer: 10_000_000 })
  served = await serveFolder(site)
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  served.close()
})

const fileOf = (path: string): string => readFileSync(join(site, path), 'utf8')

describe('the site', () => {
  it('has API pages of every package', () => {
    const described = readPages().filter(({ section }) => section === 'API')
    // The command line is a program, and exports nothing.
    const packages = readPages().filter(({ path }) => path.startsWith('packages/') && path !== 'packages/auth-cli')
    const paths = described.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(packages.map(({ path }) => path.replace('packages/', 'api/@acme/'))))
    expect(fileOf('api/@acme/auth-core.html')).toContain('createResourceServer')
  })

  it('has a page, and Markdown beside it, for every document', () => {
    for (const { path } of readPages()) {
      expect(fileOf(`${path}.html`), path).toContain('<main')
      if (path !== 'index') expect(fileOf(`${path}.md`), path).toMatch(/^# /m)
    }
  })

  it('has llms.txt, which names the pages, and llms-full.txt, which has them', () => {
    const index = fileOf('llms.txt')
    for (const { path } of readPages()) if (path !== 'index') expect(index, path).toContain(`/${path}.md`)
    expect(fileOf('llms-full.txt')).toContain('A DPoP-bound access token (RFC 9449)')
  })

  it('tells search engines of each page: a title, a description, and where it is', () => {
    const map = fileOf('sitemap.xml')
    for (const { path, title, description, section } of readPages()) {
      expect(map, path).toContain(`<loc>https://docs.example.com/${path.replace(/(^|\/)index$/, '$1')}</loc>`)
      if (section === undefined || section === 'API') continue
      expect(fileOf(`${path}.html`), path).toContain(`<title>${title} | Acme Auth</title>`)
      expect(fileOf(`${path}.html`), path).toMatch(/<meta name="description" content="[^"]{20,}">/)
      expect(fileOf('llms.txt'), path).toContain(`${path}.md): ${description.slice(0, 40)}`)
    }
  })

  it('leads from the sidebar to every page', () => {
    const links = new Set(linksOf(fileOf('concepts.html')))
    for (const { path } of readPages()) if (path !== 'index') expect(links, path).toContain(`/${path}`)
  })

  it('has no dead anchor', () => {
    const dead = readPages().flatMap(({ path }) =>
      linksOf(fileOf(`${path}.html`))
        .filter((link) => link.includes('#') && !link.startsWith('http'))
        .filter((link) => !hasAnchor(path, link))
        .map((link) => `${path}: ${link}`),
    )
    expect(dead).toEqual([])
  })

  it('has a search index in itself', () => {
    const chunks = readdirSync(join(site, 'assets/chunks'))
    expect(chunks.filter((name) => name.startsWith('@localSearchIndex')).length).toBe(1)
  })

  it('loads nothing from elsewhere', () => {
    const urls = readPages().flatMap(({ path }) => [
      ...fileOf(`${path}.html`).matchAll(/<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)/g),
    ])
    expect(urls.map(([, url]) => url)).toEqual([])
  })
})

function linksOf(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, link = '']) => link)
}

/** Whether a link leads to an element of a page. */
function hasAnchor(from: string, link: string): boolean {
  const [page = '', anchor = ''] = link.split('#')
  return fileOf(`${page === '' ? from : page.slice(1)}.html`).includes(`id="${decodeURIComponent(anchor)}"`)
}

const LOOKS = [
  ['light, at a desk', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark, on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const
const LOOKED_AT = [
  '',
  'concepts',
  'start/express',
  'errors',
  'troubleshooting',
  'guides/dpop',
  'guides/workers-and-serverless',
  'migration/passport-jwt',
  'security-model',
  'packages/auth-cli',
  'packages/auth-core',
  'api/@acme/auth-redis',
]

describe.each(LOOKS)('in Chromium, %s', (_, options) => {
  it('shows pages without errors, horizontal scrolling or findings of axe', async () => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const faults = faultsOf(page)
    for (const path of LOOKED_AT) {
      await page.goto(`${served.origin}/${path}`)
      await page.waitForFunction(
        () => document.documentElement.dataset['theme'] !== '' && document.querySelector('main h1') !== null,
      )
      const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(width, path).toBeLessThanOrEqual(0)
      expect(await findings(page), path).toEqual([])
    }
    const isDark = await page.evaluate(() => document.documentElement.classList.contains('dark'))
    expect(isDark).toBe(options.colorScheme === 'dark')
    expect(faults).toEqual([])
    await context.close()
  })
})

// What people paste: a word, a code, a line of the log, a message of another package.
const SEARCHED = [
  ['audience', '/concepts#audience'],
  ['AUTH_1005', '/errors#auth_1005-scope_missing'],
  ['DPOP_6009', '/errors#dpop_6009-proof_url'],
  ['htu', '/errors#dpop_6009-proof_url'],
  ['not a JWT: not three segments', '/troubleshooting#not-a-jwt'],
  ['blocked by CORS policy', '/troubleshooting#the-client-sees'],
  ['AUTH0_DOMAIN is not set', '/troubleshooting#the-api-does-not-start'],
  ['JWKSNoMatchingKey', '/migration/jose#messages'],
] as const

describe('the search, without the internet', () => {
  it.each(SEARCHED)('finds %s', async (text, expected) => {
    const page = await browser.newPage()
    const faults = faultsOf(page)
    await page.goto(`${served.origin}/start/express`)
    await page.locator('button.DocSearch-Button').click()
    await page.locator('input.search-input').fill(text)
    const found = page.locator(`.results .result[href="${expected}"]`)
    await found.waitFor()
    const links = await page.locator('.results .result').all()
    const hrefs = await Promise.all(links.slice(0, 3).map((link) => link.getAttribute('href')))
    expect(hrefs).toContain(expected)
    await found.click()
    await page.waitForURL((url) => url.pathname + url.hash === expected)
    expect(faults).toEqual([])
    await page.close()
  })
})

it('says where to go on when there is no such page', async () => {
  const page = await browser.newPage()
  await page.goto(`${served.origin}/404`)
  await page.getByText('Search for a word, a code or a line of the log').waitFor()
  expect(await page.getByRole('link', { name: 'home' }).getAttribute('href')).toBe('/')
  await page.close()
})

/** What a page throws, logs as an error, or does not get. */
function faultsOf(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  // What is fetched ahead is given up when another page is opened.
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') faults.push(`${why}: ${request.url()}`)
  })
  return faults
}

/** What axe finds, with the elements it is about. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: { run(): Promise<AxeResults> } } // the script above
    const { violations } = await runner.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`)
  })
}

/** As far as it is looked at. */
interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}
