import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import type { Server } from './programs.js'

export interface Call {
  readonly server: Server
  readonly method: string
  /** With the query. */
  readonly path: string
  /** `host` is that of the server's origin unless it is here. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer {
  /** The status, and the code of a refusal: `200`, `401 AUTH_1001`. */
  readonly outcome: string
  readonly accepted: boolean
  /** `DPoP-Nonce`. */
  readonly nonce: string | undefined
}

export type Send = (call: Call) => Promise<Answer>

const ANSWERED_WITHIN = 10_000
// Shorter than servers keep connections, so that no request is lost on one that the server just closed.
const KEPT_FOR = 3000

/** Keep-alive connections of its own. A request that gets no answer has the error as its outcome. */
export function createSender(): { readonly send: Send; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true, timeout: KEPT_FOR })
  const send: Send = async (call) => {
    try {
      return await answerOf(await exchange(agent, call))
    } catch (error) {
      return { outcome: String(error), accepted: false, nonce: undefined }
    }
  }
  return { send, close: () => agent.destroy() }
}

function exchange(agent: Agent, { server, method, path, headers }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const host = `localhost:${server.port}`
    const target = { agent, host: '127.0.0.1', port: server.port, method, path, headers: { host, ...headers } }
    const outgoing = request(target, resolve)
    outgoing.setTimeout(ANSWERED_WITHIN, () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', reject).end()
  })
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const body = await text(response)
  const status = response.statusCode ?? 0
  const code = /"code":"([A-Z]+_\d+)"/.exec(body)?.[1]
  const nonce = response.headers['dpop-nonce']
  return {
    outcome: code === undefined ? String(status) : `${status} ${code}`,
    accepted: status >= 200 && status < 300,
    nonce: typeof nonce === 'string' ? nonce : undefined,
  }
}
