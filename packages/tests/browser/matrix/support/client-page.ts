import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import type { BrowserContext, Page } from 'playwright-core'

import { bundleForBrowser } from './bundle.js'
import type { Client } from './page.js'

const PAGE = fileURLToPath(new URL('page.ts', import.meta.url))

declare global {
  interface Window extends Client {}
}

/** Servers of a test, each with an origin of its own. */
export class Servers {
  readonly #servers: Server[] = []

  /** @returns the origin */
  async serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    this.#servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
  }

  /** Serves a page with the client on `window`; below `/sandbox` it has no origin, as a sandboxed frame. */
  async servePage(): Promise<string> {
    const code = await bundleForBrowser(PAGE)
    return this.serve(({ url }, response) => {
      const isScript = url === '/page.js'
      if (url === '/sandbox') response.setHeader('content-security-policy', 'sandbox allow-scripts')
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>')
    })
  }

  close(): void {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** Opens a page, and waits until it has the client. */
export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction(() => document.title === 'ready')
  return page
}

export const thumbprint = (page: Page): Promise<string> =>
  page.evaluate(async () => window.dpopThumbprint(await window.storedDpopKeyPair()))
