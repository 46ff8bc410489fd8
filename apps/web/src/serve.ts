import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { CLIENT_ID } from './settings.js'
import type { Settings } from './settings.js'

interface File {
  readonly type: string
  readonly content: string
}

/** What Vite made; `src` and `dist` lie at the same depth. */
const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** The page that listens on a port of this machine, where the tenant sends users back to. */
export interface ServedPage {
  readonly origin: string
  close(): Promise<void>
}

/** @throws when the page was not built, or the port cannot be had */
export async function servePage(settings: Settings): Promise<ServedPage> {
  const server = createServer(listener(filesOf(settings), contentPolicy(settings)))
  server.listen(settings.port, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listens on TCP
  return { origin: `http://127.0.0.1:${port}`, close: () => close(server) }
}

/** By path, read once: a path of a request never becomes one of the file system. */
function filesOf({ issuer, audience, dpop, apis }: Settings): ReadonlyMap<string, File> {
  const files = new Map<string, File>()
  for (const name of readdirSync(PAGE, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)]
    if (type !== undefined) files.set(`/${name}`, { type, content: readFileSync(PAGE + name, 'utf8') })
  }
  const page = files.get('/index.html')
  if (page === undefined) throw new Error('the page is not built: npm run build')
  // The callbacks of a login and of a step-up are the page, too.
  files.set('/', page).set('/callback', page)
  const config = JSON.stringify({ issuer, audience, clientId: CLIENT_ID, dpop, apis })
  return files.set('/config.json', { type: 'application/json; charset=utf-8', content: config })
}

/** No scripts but those of this origin, which could use the key and read the tokens; and requests and WebSockets to those that it is for. */
function contentPolicy({ issuer, apis }: Settings): string {
  const origins = apis.map(({ origin }) => origin)
  // CSP 3 §6.7.2.8: `http:` is not `ws:`.
  const sockets = origins.map((origin) => origin.replace(/^http/, 'ws'))
  const connect = ["'self'", new URL(issuer).origin, ...origins, ...sockets].join(' ')
  const none = ['default-src', 'base-uri', 'form-action', 'frame-ancestors'].map((name) => `${name} 'none'`)
  return [...none, "script-src 'self'", "style-src 'self'", 'img-src data:', `connect-src ${connect}`].join('; ')
}

function listener(files: ReadonlyMap<string, File>, policy: string): RequestListener {
  return ({ method, url = '/' }, response) => {
    const file = files.get(url.split('?', 1)[0] ?? '/')
    response.setHeader('x-content-type-options', 'nosniff')
    // The URL of a callback holds a code.
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cache-control', 'no-store')
    if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end()
    else if (file === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
    else {
      response.setHeader('content-security-policy', policy)
      response.writeHead(200, { 'content-type': file.type }).end(file.content)
    }
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
