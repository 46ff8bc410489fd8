import type { Alteration } from '../server/alterations.js'
import type { Mode } from '../server/modes.js'
import type { Answer, Config, Header, TraceAnswer } from '../wire.js'

/** One of the five. */
export interface Api {
  readonly name: string
  /** Without a slash at the end. */
  readonly origin: string
}

/** The server of this page, which does what a page cannot. */
export async function loadConfig(): Promise<Config> {
  return (await (await fetch('/config.json')).json()) as Config // of our own server
}

export async function serversIn({ dpop, nonce }: Mode): Promise<readonly Api[]> {
  const { servers } = await ask<{ servers: readonly Api[] }>('/servers', { dpop, nonce })
  return servers
}

/** A request to one of the servers. */
export interface Sent {
  readonly mode: Mode
  readonly server: string
  readonly method: string
  readonly path: string
  readonly headers: readonly Header[]
}

export function send({ mode, ...request }: Sent): Promise<Answer> {
  return ask('/send', { dpop: mode.dpop, nonce: mode.nonce, ...request })
}

/** Another token of the tenant, like this one but for what is to be wrong with it. */
export async function alteredToken(token: string, alter: readonly Alteration[]): Promise<string> {
  return (await ask<{ token: string }>('/token', { token, alter })).token
}

export async function traceOf({ dpop, nonce }: Mode, server: string, id: string): Promise<TraceAnswer['trace']> {
  return (await ask<TraceAnswer>('/trace', { dpop, nonce, server, id })).trace
}

async function ask<Result>(path: string, content: object): Promise<Result> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(content) }).catch(() => {
    throw new Error('The server of this page does not answer: has the demo ended?')
  })
  const answer = (await response.json()) as Result & { readonly error?: string } // of our own server
  if (!response.ok) throw new Error(`The server of this page says: ${answer.error ?? response.status}`)
  return answer
}
