import { createProof } from '@acme/auth-testing'
import { sendRaw } from '@acme/auth-conformance'
import type { RawResponse } from '@acme/auth-conformance'
import type { AccessTokenOptions } from '@acme/auth-testing'

import type { Client, Opening } from './clients/client.js'
import { openEventStream } from './clients/event-stream.js'
import { openSocketIo } from './clients/socket-io.js'
import { openWebSocket } from './clients/web-socket.js'
import type { Fixture } from './fixture.js'
import { handshakeText, rawAnswer, rawGet, streamText } from './raw.js'
import type { Header } from './raw.js'
import { capabilitiesOf, targetOf } from './server.js'
import type { Capability, ConnectionDriver, ConnectionServer } from './server.js'

/** How a request shows its credentials. */
export interface Shown {
  readonly headers?: readonly Header[]
  readonly query?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
  readonly what?: 'connect' | 'open'
}

/** The id of every request that is refused. */
export const REQUEST_ID = 'connection-1'

const OPEN = { ws: openWebSocket, 'socket.io': openSocketIo, sse: openEventStream }

let subjects = 0

/** What a case works with: a server, and a subject of its own, so that it may be revoked. */
export class Harness {
  readonly fixture: Fixture
  readonly driver: ConnectionDriver
  readonly server: ConnectionServer
  readonly can: ReadonlySet<Capability>
  readonly subject: string = `user-${++subjects}`
  readonly #clients: Client[] = []

  constructor(fixture: Fixture, driver: ConnectionDriver, server: ConnectionServer) {
    this.fixture = fixture
    this.driver = driver
    this.server = server
    this.can = capabilitiesOf(driver)
  }

  /** An access token of the subject, with `read:x` unless told otherwise. */
  token({ claims, ...options }: AccessTokenOptions = {}): Promise<string> {
    return this.fixture.issuer.accessToken({ scope: 'read:x', claims: { sub: this.subject, ...claims }, ...options })
  }

  bound(options: AccessTokenOptions = {}): Promise<string> {
    return this.token({ jkt: this.fixture.key.thumbprint, ...options })
  }

  /** The headers of a bound token with its proof. */
  async dpop(
    accessToken: string,
    target: string = targetOf(this.driver),
    method: string = 'GET',
  ): Promise<readonly Header[]> {
    const url = `http://127.0.0.1:${this.server.port}${target}`
    const proof = await createProof({ key: this.fixture.key, method, url, accessToken })
    return [
      ['Authorization', `DPoP ${accessToken}`],
      ['DPoP', proof],
    ]
  }

  /** Buys a ticket. */
  async ticket(headers: readonly Header[], path: string = targetOf(this.driver)): Promise<string> {
    const { status, body } = await this.buy(headers, path)
    const answer: unknown = status === 200 || status === 201 ? JSON.parse(body) : undefined
    if (typeof answer === 'object' && answer !== null && 'ticket' in answer) return String(answer.ticket)
    throw new Error(`no ticket, but ${status} ${body}`)
  }

  buy(headers: readonly Header[], path: string = targetOf(this.driver)): Promise<RawResponse> {
    const { port } = this.server
    return sendRaw(port, {
      method: 'POST',
      target: `/ticket?path=${encodeURIComponent(path)}`,
      headers: [['Host', `127.0.0.1:${port}`], ['Content-Length', '0'], ...headers],
    })
  }

  /** A ticket for a Bearer token. */
  async bearerTicket(token?: string, headers: readonly Header[] = []): Promise<string> {
    return this.ticket([...bearer(token ?? (await this.token())), ...headers])
  }

  /** A ticket for a bound token. */
  async dpopTicket(token?: string): Promise<string> {
    return this.ticket(await this.dpop(token ?? (await this.bound()), '/ticket', 'POST'))
  }

  /** Opens a connection, which is closed at the end of the case. @throws when it is refused */
  async open(shown: Shown): Promise<Client> {
    const client = await OPEN[this.driver.transport](this.#opening(shown))
    this.#clients.push(client)
    return client
  }

  /** What a handshake, or the request for a stream, is answered with: its head alone, where it is accepted. */
  async answer(shown: Shown): Promise<RawResponse> {
    const { port, target, headers, protocols } = this.#opening(shown)
    const all: readonly Header[] = [...headers, ['X-Request-Id', REQUEST_ID]]
    if (this.driver.transport === 'sse') return rawAnswer(port, streamText(port, target, all))
    const offer: readonly Header[] = protocols.length > 0 ? [['Sec-WebSocket-Protocol', protocols.join(', ')]] : []
    return rawAnswer(port, handshakeText(port, target, [...all, ...offer]))
  }

  /** Whether the process still serves: a connection and a plain request. */
  async alive(): Promise<void> {
    const token = await this.token()
    const client = await this.open({ headers: bearer(token) })
    await client.next('hello')
    const { status } = await rawGet(this.server.port, '/plain', bearer(token))
    if (status !== 200) throw new Error(`plain requests get ${status}`)
  }

  end(): void {
    for (const client of this.#clients) client.close()
  }

  #opening({ headers = [], query = {}, protocols = [], what }: Shown): Opening {
    const engine = this.driver.transport === 'socket.io' ? { EIO: '4', transport: 'websocket' } : {}
    const parameters = new URLSearchParams({ ...engine, ...query })
    const target = targetOf(this.driver, what) + (parameters.size === 0 ? '' : `?${parameters.toString()}`)
    return { port: this.server.port, target, headers, protocols }
  }
}

export function bearer(token: string): readonly Header[] {
  return [['Authorization', `Bearer ${token}`]]
}
