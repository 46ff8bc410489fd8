import { dpop, bearer } from './senders.js'
import type { Call } from './senders.js'
import { captureProof } from './tokens.js'
import type { TokenName } from './tokens.js'

/** What a client opens a connection with. */
export interface Opening {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Of a WebSocket. */
  readonly protocols: readonly string[]
}

/** How a client presents its token, or something instead. */
export type Presenting = (call: Call) => Promise<Opening>

export function nothing(): Presenting {
  return ({ url }) => Promise.resolve(opening(url))
}

export function byHeader(name: TokenName): Presenting {
  return async ({ url, wallet }) => opening(url, { authorization: `Bearer ${await wallet.token(name)}` })
}

/** A bound token with a proof for the handshake: what a page cannot send. */
export function byProof(name: TokenName): Presenting {
  return async ({ method, url, wallet }) => {
    const token = await wallet.token(name)
    const proof = await captureProof(wallet, 'own', token, method, url)
    return opening(url, { authorization: `DPoP ${token}`, dpop: proof })
  }
}

export function bySubprotocol(name: TokenName): Presenting {
  return async ({ url, wallet }) => opening(url, {}, ['auth0-token', await wallet.token(name)])
}

/** Where RFC 9700 §4.3.2 forbids it. */
export function byQuery(name: TokenName): Presenting {
  return async ({ url, wallet }) => opening(withQuery(url, 'access_token', await wallet.token(name)))
}

/** A ticket that was bought with the token, for the path that it is used at unless told otherwise. */
export function byTicket(name: TokenName, path?: string): Presenting {
  return async (call) => {
    const ticket = await buyTicket(call, name, path ?? call.url.pathname)
    return opening(withQuery(call.url, 'auth0_ticket', ticket))
  }
}

/** As a page of this origin. */
export function fromOrigin(origin: string, presenting: Presenting): Presenting {
  return async (call) => {
    const { headers, ...other } = await presenting(call)
    return { ...other, headers: { ...headers, origin } }
  }
}

/** With a proof where the token is bound. @throws {Error} where none is sold */
export async function buyTicket(call: Call, name: TokenName, path: string): Promise<string> {
  const url = withQuery(new URL('/api/tickets', call.url), 'path', path)
  const sendAs = name.startsWith('bound') ? dpop : bearer
  const { status, body } = await sendAs(name)({ ...call, method: 'POST', url })
  const { ticket } = body
  if (typeof ticket !== 'string') throw new Error(`no ticket, but ${status}`)
  return ticket
}

function withQuery(url: URL, name: string, value: string): URL {
  const target = new URL(url)
  target.searchParams.set(name, value)
  return target
}

function opening(url: URL, headers: Opening['headers'] = {}, protocols: readonly string[] = []): Opening {
  return { url, headers, protocols }
}
