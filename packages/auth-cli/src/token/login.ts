import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { AuthClient, TokenSet } from '@acme/auth-client'

import { UsageError } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** Where a browser comes back to, and whether one is started. */
export interface LoginOptions {
  /** 0 for a free one: issuers take any port on loopback (RFC 8252 §7.3). */
  readonly port: number
  readonly opens: boolean
  /** RFC 9470 §4. */
  readonly acrValues?: readonly string[]
  /** Seconds since the login, at most. */
  readonly maxAge?: number
}

// Milliseconds that a user has.
const TIME_LIMIT = 300_000

/** A login with a browser: code and PKCE, by a redirect to loopback (RFC 8252 §7.3). */
export async function login(
  client: AuthClient,
  { port, opens, ...wanted }: LoginOptions,
  terminal: Terminal,
): Promise<TokenSet> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const limit = AbortSignal.timeout(TIME_LIMIT)
  const signal = terminal.signal === undefined ? limit : AbortSignal.any([terminal.signal, limit])
  try {
    const address = server.address() as AddressInfo // a TCP server has no other
    const redirectUri = `http://127.0.0.1:${address.port}/callback`
    const { url, stored } = await client.authorizationRequest({ redirectUri, ...wanted })
    const callback = callbackOf(server, redirectUri, stored.state, signal)
    terminal.stderr.write(`acme-auth: log in at ${url}\n`)
    if (opens) openBrowser(url)
    return await client.handleCallback(await callback, stored)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** The URL that the browser was sent back to. Whatever else comes to the port, from other pages perhaps, is not waited for. */
function callbackOf(server: Server, redirectUri: string, state: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new UsageError('nobody logged in')), { once: true })
    server.on('request', ({ method, url = '/' }, response) => {
      const target = new URL(url, redirectUri)
      if (method !== 'GET' || target.pathname !== '/callback' || target.searchParams.get('state') !== state) {
        return answer(response, 404, 'This is not the page that you look for.')
      }
      response.on('finish', () => resolve(target.href))
      return answer(response, 200, 'Back to the terminal: this page can be closed.')
    })
  })
}

function answer(response: ServerResponse, status: number, text: string): void {
  // The URL has the code: nobody is told of it, and nothing runs here.
  const headers = {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
  }
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text)
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // `start` of cmd would read the URL as a command line.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Where there is no browser, the URL stands on the terminal. */
function openBrowser(url: string): void {
  const [command = 'xdg-open', ...args] = OPENERS[process.platform] ?? []
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
