import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'

import type { Answer, Header } from '../wire.js'

/** A request as the page has made it, to the last header: a browser would send neither two of one name nor a wrong one. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: readonly Header[]
}

const MOST_CHARACTERS = 65_536
const WITHIN_MS = 30_000

/** @throws {TypeError} for headers that HTTP does not have */
export async function send({ method, url, headers }: Outgoing): Promise<Answer> {
  const startedAt = performance.timeOrigin + performance.now()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // A connection of its own: none that the server just closed.
    const outgoing = request(url, { method, agent: false, signal: AbortSignal.timeout(WITHIN_MS) }, resolve)
    for (const [name, value] of headers) outgoing.appendHeader(name, value)
    outgoing.on('error', reject).end()
  })
  const body = await textOf(response)
  const ms = performance.timeOrigin + performance.now() - startedAt
  return { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body, startedAt, ms }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    if (text.length < MOST_CHARACTERS) text += String(chunk)
  }
  return text.slice(0, MOST_CHARACTERS)
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), flat[index + 1] ?? '']] : []))
}
