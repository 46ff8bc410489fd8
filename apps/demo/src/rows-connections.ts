import { setTimeout as delay } from 'node:timers/promises'

import {
  eventStream,
  hearing,
  loggingOut,
  openedTwice,
  pushing,
  renewing,
  saying,
  webSocket,
} from './connection-senders.js'
import { accepted, refused, UNAUTHENTICATED } from './expectation.js'
import type { Expectation } from './expectation.js'
import { byHeader, byProof, byQuery, bySubprotocol, byTicket, fromOrigin, nothing } from './openings.js'
import { EVENTS, invalidToken, lacksMessages, PRIVATE, row, SIGNALS, SOCKET } from './row.js'
import type { Row } from './row.js'
import { bearer, dpop, withClaim } from './senders.js'
import type { Wallet } from './tokens.js'

/** A handshake that is accepted, and the event that came: the first one, unless something was done. */
function opened(event = 'auth0.opened', body: Expectation['body'] = {}): Expectation {
  return { status: 101, challenge: 'absent', body: { event, ...body } }
}

/** RFC 6750 §3: the challenge names the scope that is wanted. */
const unauthenticated: Expectation = { ...UNAUTHENTICATED, scope: 'read:messages' }

function streams(event = 'auth0.opened', body: Expectation['body'] = {}): Expectation {
  return { ...opened(event, body), status: 200 }
}

/** WebSockets: the guard decides before the upgrade, by whatever way a client can present a token. */
const handshakes: readonly Row[] = [
  row(SOCKET, 'no token', webSocket(nothing()), unauthenticated),
  row(SOCKET, 'good token', webSocket(byHeader('reader')), opened()),
  row(SOCKET, 'lacks the scope', webSocket(byHeader('nobody')), lacksMessages),
  row(SOCKET, 'DPoP: good proof', webSocket(byProof('bound reader')), opened()),
  row(SOCKET, 'token as subprotocol', webSocket(bySubprotocol('reader')), opened()),
  row(SOCKET, 'bound token as subprotocol', webSocket(bySubprotocol('bound reader')), invalidToken),
  row(SOCKET, 'good token, in the query', webSocket(byQuery('reader')), unauthenticated),
  row(SOCKET, 'ticket', webSocket(byTicket('reader')), opened()),
  row(SOCKET, 'ticket of a bound token', webSocket(byTicket('bound reader')), opened()),
  row(SOCKET, 'ticket used before', openedTwice(byTicket('bound reader')), invalidToken),
  row(SOCKET, 'ticket for another path', webSocket(byTicket('reader', '/events')), invalidToken),
  row(SOCKET, 'ticket whose token lacks the scope', webSocket(byTicket('nobody')), lacksMessages),
]

const APP = 'https://app.example.com'
const originDenied: Expectation = refused(403, 'insufficient_scope', 'Bearer')

/** RFC 6455 §10.2: the servers of this deployment name the origin whose pages may connect. */
const origins: readonly Row[] = [
  row(SOCKET, 'page of an allowed origin', webSocket(fromOrigin(APP, byHeader('reader'))), opened()),
  row(
    SOCKET,
    'page of a foreign origin',
    webSocket(fromOrigin('https://evil.example.com', byHeader('reader'))),
    originDenied,
  ),
].map((one): Row => ({ ...one, on: 'nonces and tenants' }))

const streamsOfEvents: readonly Row[] = [
  row(EVENTS, 'no token', eventStream(nothing()), unauthenticated),
  row(EVENTS, 'good token', eventStream(byHeader('reader')), streams()),
  row(EVENTS, 'DPoP: good proof', eventStream(byProof('bound reader')), streams()),
  row(EVENTS, 'ticket of a bound token', eventStream(byTicket('bound reader')), streams()),
  row(EVENTS, 'lacks the scope', eventStream(byHeader('nobody')), lacksMessages),
]

const said = { from: 'writer@clients', text: 'hello' }

/** Each message is held against the token of that moment, which can be renewed without a gap. */
const messages: readonly Row[] = [
  row(SOCKET, 'says something', webSocket(byHeader('writer'), saying('hello')), opened('said', said)),
  row(SOCKET, 'says something, and lacks the scope', webSocket(byHeader('reader'), saying('hello')), {
    ...opened('refused'),
    error: 'insufficient_scope',
  }),
  row(
    EVENTS,
    'hears what is said on the WebSocket',
    eventStream(byHeader('reader'), hearing('writer', 'hello')),
    streams('said', said),
  ),
  row(
    SOCKET,
    'renewed by a newer token',
    webSocket(byHeader('reader'), renewing('token', 'another of the reader')),
    opened('auth0.renewed'),
  ),
  row(
    SOCKET,
    'renewed by a ticket of a bound token',
    webSocket(byTicket('bound reader'), renewing('ticket', 'bound reader')),
    opened('auth0.renewed'),
  ),
  row(SOCKET, 'renewed by a token of another client', webSocket(byHeader('reader'), renewing('token', 'writer')), {
    ...opened('auth0.refused'),
    error: 'invalid_token',
  }),
]

const closed = { closed: 1008, code: 'AUTH_1018' }

/** Logged out everywhere: each token of that subject, and each connection; whoever logs in again is in. */
const loggedOut: readonly Row[] = [
  {
    ...row(SOCKET, 'logged out everywhere', webSocket(byTicket('bound leaver'), loggingOut('leaver')), {
      ...opened('auth0.closing', closed),
      error: 'invalid_token',
    }),
    // They are of before, whichever server is the first.
    before: async (wallet) => void (await Promise.all([wallet.token('leaver'), wallet.token('bound leaver')])),
  },
  row(PRIVATE, 'token of before the logout', bearer('leaver'), invalidToken),
  row(PRIVATE, 'DPoP: token of before the logout', dpop('bound leaver'), { ...invalidToken, challenge: 'DPoP' }),
  row(SOCKET, 'token of before the logout', webSocket(byHeader('leaver')), invalidToken),
  row(EVENTS, 'token of before the logout', eventStream(byHeader('leaver')), invalidToken),
  {
    ...row(PRIVATE, 'token of after the logout', bearer('leaver, again'), accepted({ sub: 'leaver@clients' })),
    before: nextSecond,
  },
  row(SOCKET, 'token of after the logout', webSocket(byHeader('leaver, again')), opened()),
]

const pushed: Expectation = { status: 202, challenge: 'absent' }
const badSignature: Expectation = { status: 400, challenge: 'absent', body: { err: 'invalid_key' } }

/** The issuer itself tells of sessions that ended. */
const signals: readonly Row[] = [
  row(SIGNALS, 'event, changed on the way', pushing('leaver', withClaim('jti', 'other')), badSignature),
  row(PRIVATE, 'token of before the event', bearer('leaver, again'), accepted({ sub: 'leaver@clients' })),
  { ...row(SIGNALS, 'event of the issuer: sessions ended', pushing('leaver'), pushed), before: nextSecond },
  row(PRIVATE, 'token of an ended session', bearer('leaver, again'), invalidToken),
  row(SOCKET, 'token of an ended session', webSocket(byHeader('leaver, again')), invalidToken),
]

/** `iat` has whole seconds: a token of the second of the logout counts as one of before. */
async function nextSecond(wallet: Wallet): Promise<void> {
  await delay(1001 - (Date.now() % 1000))
  await wallet.token('leaver, again')
}

export const withConnections: readonly Row[] = [
  ...handshakes,
  ...origins,
  ...streamsOfEvents,
  ...messages,
  ...loggedOut,
  ...signals,
]
