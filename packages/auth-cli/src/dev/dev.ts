import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'

import type { DevFlags } from '../commands/dev.js'
import { UsageError } from '../terminal.js'
import type { Terminal } from '../terminal.js'
import { entryText, logEntry } from './log-entry.js'
import type { LogEntry } from './log-entry.js'

/** An issuer on loopback, until it is stopped. */
export async function dev(flags: DevFlags, terminal: Terminal): Promise<void> {
  const { audience, subject, nonces, json } = flags
  const port = Number(flags.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port: want a port number, or 0 for a free one')
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: unknown) => {
    throw new UsageError(`--port ${port}: ${error instanceof Error ? error.message : 'cannot be had'}`)
  })
  const address = server.address() as AddressInfo // a TCP server has no other
  const origin = `http://127.0.0.1:${address.port}`
  const issuer = await createTestIssuer({ issuer: `${origin}/`, audience })
  issuer.login({ subject })
  if (nonces) issuer.demandNonces('required')
  const tell = (entry: LogEntry): void => {
    terminal.stdout.write(`${json === true ? JSON.stringify(entry) : entryText(entry, terminal)}\n`)
  }
  server.on('request', (incoming, outgoing) => {
    relay(issuer, origin, incoming, outgoing).then(tell, () => outgoing.destroy())
  })
  terminal.stderr.write(`acme-auth: an issuer for development, until Ctrl-C\n\n${settingsFor(issuer)}\n\n`)
  if (terminal.signal?.aborted !== true)
    await new Promise((resolve) => terminal.signal?.addEventListener('abort', resolve))
  server.close()
  server.closeAllConnections()
}

/** To be put into `.env`: of the API, and of a client. */
function settingsFor({ issuer, audience }: TestIssuer): string {
  return [
    `AUTH0_ISSUER=${issuer}`,
    `AUTH0_AUDIENCE=${audience}`,
    'AUTH0_CLIENT_ID=dev',
    'AUTH0_CLIENT_SECRET=any',
  ].join('\n')
}

// Bytes.
const MOST_BODY = 100_000

async function relay(
  issuer: TestIssuer,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<LogEntry> {
  const { method = 'GET', url = '/' } = incoming
  const body = await bodyOf(incoming)
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== ''
  const response = await issuer.fetch(origin + url, { method, headers, redirect: 'manual', ...(hasBody && { body }) })
  const text = await response.text()
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(text)
  return logEntry(
    {
      method,
      url: new URL(url, origin),
      form: new URLSearchParams(body),
      hasProof: incoming.headers['dpop'] !== undefined,
    },
    response.status,
    text,
  )
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MOST_BODY) throw new Error('too large')
  }
  return text
}
