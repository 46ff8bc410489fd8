import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Chromium that finds this machine only. @throws when it is not installed, saying how to */
export function startBrowser(): Promise<Browser> {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('chromium is not installed: apt-get install chromium')
  const loopback = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
  const quiet = ['background-networking', 'component-update', 'sync', 'gpu'].map((name) => `--disable-${name}`)
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', loopback, ...quiet] })
}

/** A folder behind a socket. */
export interface Served {
  readonly origin: string
  close(): void
}

/** Serves files as a plain web server does, with `/page` for `page.html`. */
export async function serveFolder(folder: string): Promise<Served> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://127.0.0.1')
    const path = decodeURIComponent(pathname)
    const file = ['', '.html', 'index.html'].map((end) => join(folder, path + end)).find(isFile)
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${port}`, close }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}
