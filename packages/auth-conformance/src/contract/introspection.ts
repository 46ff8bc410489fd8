import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import type { ContractOptions } from './contract.js'

/** What is answered about a token: the members of RFC 7662 §2.2. */
export type IntrospectionAnswer = Readonly<Record<string, unknown>>

/** An introspection endpoint of the contract's first issuer (RFC 7662), and its opaque tokens. */
export interface IntrospectionEndpoint {
  readonly url: string
  /** Answers 500, whatever is asked. */
  readonly deadUrl: string
  /** A token about which this is answered. Nothing is known of any other: it is not active. */
  token(answer: IntrospectionAnswer): string
  close(): Promise<void>
}

export async function startIntrospection(): Promise<IntrospectionEndpoint> {
  const answers = new Map<string, IntrospectionAnswer>()
  const server = createServer((request, response) => void answer(answers, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: listens on TCP
  const origin = `http://127.0.0.1:${port}`
  return {
    url: `${origin}/introspect`,
    deadUrl: `${origin}/dead`,
    token(known) {
      const token = crypto.randomUUID()
      answers.set(token, known)
      return token
    },
    close: () => close(server),
  }
}

async function answer(
  answers: ReadonlyMap<string, IntrospectionAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = new URLSearchParams(await text(request)).get('token') ?? ''
  if (request.url !== '/introspect') return void response.writeHead(500).end()
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answers.get(token) ?? { active: false }))
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** What `createAuth` of an adapter takes. */
export interface AdapterOptions extends Omit<ContractOptions, 'introspection'> {
  /** Asks about opaque tokens. */
  readonly opaqueTokens?: {
    readonly introspect: (token: string, context: { readonly fetch: typeof globalThis.fetch }) => Promise<unknown>
  }
}

/**
 * The options of the contract as `createAuth` of an adapter takes them: `introspection` is data, so that a configuration can
 * be sent to another process, and becomes a function that asks.
 *
 * @example
 * ```ts
 * import { adapterOptions } from '@acme/auth-conformance'
 *
 * const { opaqueTokens } = adapterOptions({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   introspection: { endpoint: 'https://issuer.example.com/introspect' },
 * })
 * console.log(typeof opaqueTokens?.introspect) // function
 * ```
 */
export function adapterOptions({ introspection, ...options }: ContractOptions): AdapterOptions {
  if (introspection === undefined) return options
  const { endpoint } = introspection
  const introspect: NonNullable<AdapterOptions['opaqueTokens']>['introspect'] = async (token, { fetch }) => {
    const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams({ token }) })
    if (response.status !== 200) throw new Error(`the introspection endpoint answered ${response.status}`)
    return response.json()
  }
  return { ...options, opaqueTokens: { introspect } }
}
