import { openEventStream, openWebSocket } from './connection.js'
import type { Connection, Received } from './connection.js'
import { answerOf } from './http.js'
import type { Answer } from './http.js'
import { buyTicket, byHeader } from './openings.js'
import type { Opening, Presenting } from './openings.js'
import { bearer } from './senders.js'
import type { Call, Sender } from './senders.js'
import type { TokenName } from './tokens.js'

/** What is done with an open connection. @returns what is told of it */
type Doing = (connection: Connection, call: Call) => Promise<Received>

type Open = (opening: Opening) => Promise<Connection | Answer>

/** A WebSocket: what refuses it, or the status 101 and the first event, or what came of doing something with it. */
export function webSocket(presenting: Presenting, doing?: Doing): Sender {
  return async (call) => connect(openWebSocket, await presenting(call), call, doing)
}

/** A stream of events, likewise. */
export function eventStream(presenting: Presenting, doing?: Doing): Sender {
  return async (call) => connect(openEventStream, await presenting(call), call, doing)
}

/** The same once more, to the byte, after it was good. */
export function openedTwice(presenting: Presenting): Sender {
  return async (call) => {
    const opening = await presenting(call)
    const { status } = await connect(openWebSocket, opening, call)
    if (status !== 101) throw new Error(`the first handshake was answered with ${status}`)
    return connect(openWebSocket, opening, call)
  }
}

/** Says something to everybody. @returns what it hears then */
export function saying(text: string): Doing {
  return async (connection) => {
    connection.say('say', text)
    return connection.next()
  }
}

/** Somebody else says something on the WebSocket. */
export function hearing(name: TokenName, text: string): Doing {
  return async (connection, call) => {
    const url = new URL('/ws', call.url)
    await webSocket(byHeader(name), saying(text))({ ...call, url })
    return connection.next()
  }
}

/** Renews the connection in band: by another token, or by a ticket that a token bought. */
export function renewing(by: 'token' | 'ticket', name: TokenName): Doing {
  return async (connection, call) => {
    const value = by === 'token' ? await call.wallet.token(name) : await buyTicket(call, name, call.url.pathname)
    connection.say('auth0.renew', { [by]: value })
    return connection.next()
  }
}

/** Logs its user out with this token. @returns the last event, and with what code the server closed */
export function loggingOut(name: TokenName): Doing {
  return async (connection, call) => {
    const url = new URL('/api/logout-everywhere', call.url)
    const { status } = await bearer(name)({ ...call, method: 'POST', url })
    if (status !== 200) throw new Error(`logging out was answered with ${status}`)
    const { event, data } = await connection.next()
    const { code } = await connection.closed
    return { event, data: { ...data, closed: code } }
  }
}

/** The tenant says that all sessions of a client have ended (RFC 8935), or somebody who changed what it said. */
export function pushing(client: string, change: (event: string) => string = (event) => event): Sender {
  return async ({ method, url, wallet }) => {
    const body = change(await wallet.sessionRevoked(client))
    return answerOf(await fetch(url, { method, body, headers: { 'content-type': 'application/secevent+jwt' } }))
  }
}

async function connect(open: Open, opening: Opening, call: Call, doing?: Doing): Promise<Answer> {
  const opened = await open(opening)
  if (!('next' in opened)) return opened
  try {
    const first = await opened.next()
    const { event, data } = doing === undefined ? first : await doing(opened, call)
    const { status } = opened
    const body = { ...data, event }
    return { status, body, wwwAuthenticate: undefined, cacheControl: undefined, dpopNonce: undefined }
  } finally {
    opened.end()
  }
}
