import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openProfile } from './support/browser.js'
import { bundleForBrowser } from './support/bundle.js'

const PAGE = `import { storedDpopKeyPair } from '@acme/auth-client/browser'
import { createDpopProof, dpopThumbprint } from '@acme/auth-client/dpop'
Object.assign(window, { storedDpopKeyPair, createDpopProof, dpopThumbprint })
document.title = 'ready'`

/** What the page has. */
interface Client {
  storedDpopKeyPair(options?: object): Promise<CryptoKeyPair>
  createDpopProof(options: object): Promise<string>
  dpopThumbprint(keyPair: CryptoKeyPair): Promise<string>
}
declare global {
  interface Window extends Client {}
}

const servers: Server[] = []
const origins: string[] = []
let folder: string
let context: BrowserContext

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'))
  const code = await bundleForBrowser(PAGE)
  for (let i = 0; i < 2; i++) origins.push(await servePage(code))
  context = await openProfile(folder)
})

afterAll(async () => {
  await context.close()
  for (const server of servers) server.close()
  await rm(folder, { recursive: true })
})

async function servePage(code: string): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>')
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

async function open(origin = origins[0] ?? ''): Promise<Page> {
  const page = await context.newPage()
  await page.goto(origin)
  await page.waitForFunction(() => document.title === 'ready')
  return page
}

const thumbprint = (page: Page): Promise<string> =>
  page.evaluate(async () => window.dpopThumbprint(await window.storedDpopKeyPair()))

describe('the key of an origin, in Chromium', () => {
  it('is one, of four tabs that start at once', async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => open()))
    const seen = await Promise.all(pages.map(thumbprint))
    expect(new Set(seen).size).toBe(1)
  })

  it('is the same after a reload, and after the browser was closed', async () => {
    const page = await open()
    const before = await thumbprint(page)
    await page.reload()
    await page.waitForFunction(() => document.title === 'ready')
    expect(await thumbprint(page)).toBe(before)
    await context.close()
    context = await openProfile(folder)
    expect(await thumbprint(await open())).toBe(before)
  })

  it('signs, and cannot be read out', async () => {
    const page = await open()
    const seen = await page.evaluate(async () => {
      const keyPair = await window.storedDpopKeyPair()
      const proof = await window.createDpopProof({ keyPair, method: 'GET', url: 'https://api.example.com/x' })
      const exported = await crypto.subtle.exportKey('jwk', keyPair.privateKey).then(
        () => 'exported',
        (error: Error) => error.name,
      )
      return { proof, exported, extractable: keyPair.privateKey.extractable }
    })
    expect(seen).toEqual({
      proof: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      exported: 'InvalidAccessError',
      extractable: false,
    })
  })

  it('is another one at another origin', async () => {
    expect(await thumbprint(await open(origins[1]))).not.toBe(await thumbprint(await open()))
  })
})
