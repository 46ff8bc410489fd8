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
  await promisify(execFile)(process.execPath, ['dist/main.js', 'build'], { cwd: here, maxBuffer: 10_000_000 })
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

it('finds DPoP by its search, without the internet', async () => {
  const page = await browser.newPage()
  const faults = faultsOf(page)
  await page.goto(`${served.origin}/concepts`)
  await page.locator('button.DocSearch-Button').click()
  await page.locator('input.search-input').fill('DPoP')
  const first = page.locator('.results .result').first()
  await first.waitFor()
  expect(await first.textContent()).toMatch(/dpop/i)
  await first.click()
  await page.waitForURL(/dpop/i)
  expect(await page.locator('main').textContent()).toContain('DPoP')
  expect(faults).toEqual([])
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
