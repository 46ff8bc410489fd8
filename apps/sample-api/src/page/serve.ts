import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'

/** A file of a page. */
export interface PageFile {
  readonly type: string
  readonly content: string
}

/** A page that listens on a port of this machine, where the tenant sends users back to. */
export interface ServedPage {
  readonly origin: string
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/**
 * What Vite made, by path, read once: a path of a request never becomes one of the file system.
 *
 * @param folder - with a slash at the end
 * @param callbacks - paths that the issuer sends users back to: the page, too
 * @throws when the page was not built
 */
export function readPage(folder: string, callbacks: readonly string[], config: object): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)]
    if (type !== undefined) files.set(`/${name}`, { type, content: readFileSync(folder + name, 'utf8') })
  }
  const page = files.get('/index.html')
  if (page === undefined) throw new Error('the page is not built: npm run build')
  for (const path of callbacks) files.set(path, page)
  return files.set('/config.json', { type: 'application/json; charset=utf-8', content: JSON.stringify(config) })
}

/** No scripts but those of this origin, which could use the key and read the tokens; and requests to those that it is for. */
export function contentPolicy(connect: readonly string[]): string {
  const none = ['default-src', 'base-uri', 'form-action', 'frame-ancestors'].map((name) => `${name} 'none'`)
  const own = ["script-src 'self'", "style-src 'self'", 'img-src data:']
  return [...none, ...own, `connect-src ${["'self'", ...connect].join(' ')}`].join('; ')
}

/** Answers a request with a file of a page. */
export function answerFile(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  { files, policy }: { readonly files: ReadonlyMap<string, PageFile>; readonly policy: string },
): void {
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

/** @throws when the port cannot be had */
export async function listenOnLoopback(port: number, listener: RequestListener): Promise<ServedPage> {
  const server = createServer(listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo // listens on TCP
  return { origin: `http://127.0.0.1:${bound}`, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** Runs the server of a page until a signal; what is wrong with a setting is told, and ends the process with 1. */
export async function runPage(start: () => Promise<ServedPage>): Promise<void> {
  try {
    const page = await start()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void page.close())
    console.log(`listening on ${page.origin}`)
  } catch (error) {
    // Of a bad setting or a port in use the message says all.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
