import type { AccessToken, AccessTokenSource } from '@acme/auth-client'

import { messageOf } from './calls.js'
import type { Api } from './config.js'

/** What the page shows of a connection. */
export interface ConnectionState {
  readonly api: Api
  readonly name: 'not connected' | 'connecting' | 'connected' | 'logged out' | 'closed'
  /** Of `performance.now()`: when the server closes it, unless it is renewed. */
  readonly until: number | undefined
  /** The last thing that was told of it. */
  readonly told: string
}

/** An event of a server, of its own or of the guide Realtime. */
interface Received {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Renewal {
  readonly done: () => void
  readonly failed: (error: Error) => void
}

// Seconds before the end, and no more than a quarter of what is left: the timers of a hidden page run once a minute.
const LEAD = 90
const REVOKED = 'AUTH_1018'

/** A WebSocket of a server, opened as the user: renewed before its token expires, and closed by the server when that is revoked. */
export class Connection {
  readonly api: Api
  readonly #tokens: AccessTokenSource
  readonly #fetch: typeof fetch
  readonly #onChange: (state: ConnectionState) => void
  readonly #onSaid: (api: Api, said: Received['data']) => void
  #state: ConnectionState
  #socket: WebSocket | undefined
  #token: AccessToken | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #renewal: Renewal | undefined

  constructor(
    api: Api,
    by: { readonly tokens: AccessTokenSource; readonly fetch: typeof fetch },
    to: {
      readonly change: (state: ConnectionState) => void
      readonly said: (api: Api, said: Received['data']) => void
    },
  ) {
    this.api = api
    this.#tokens = by.tokens
    this.#fetch = by.fetch
    this.#onChange = to.change
    this.#onSaid = to.said
    this.#state = { api, name: 'not connected', until: undefined, told: '' }
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** A bound token by a ticket, since a page sends no proof with a handshake; a Bearer token as a subprotocol. */
  async open(): Promise<void> {
    this.close()
    this.#change({ name: 'connecting', told: '' })
    try {
      const token = await this.#tokens.getAccessToken()
      this.#token = token
      const isBearer = token.type === 'Bearer'
      const query = isBearer ? '' : `?auth0_ticket=${await this.#buyTicket()}`
      // Closed meanwhile.
      if (this.#state.name !== 'connecting') return
      const url = `${this.api.origin.replace(/^http/, 'ws')}/ws${query}`
      this.#listen(new WebSocket(url, isBearer ? ['auth0-token', token.value] : []))
    } catch (error) {
      this.#change({ name: 'closed', told: messageOf(error) })
    }
  }

  /** Goes on with a newer token, without a gap. @throws {Error} when the server refuses it, and goes on with the one before */
  async renew(): Promise<void> {
    const { type, value } = await this.#newerToken()
    const data = type === 'Bearer' ? { token: value } : { ticket: await this.#buyTicket() }
    await new Promise<void>((done, failed) => {
      this.#renewal = { done, failed }
      this.#send('auth0.renew', data)
    })
  }

  say(text: string): void {
    this.#send('say', text)
  }

  close(): void {
    this.#end('not connected', '')
  }

  /** That of the connection counts as used up: the session has a newer one, or gets one, for all connections at once. */
  async #newerToken(): Promise<AccessToken> {
    this.#token = await this.#tokens.getAccessToken(this.#token && { refused: this.#token })
    return this.#token
  }

  async #buyTicket(): Promise<string> {
    const response = await this.#fetch(`${this.api.origin}/api/tickets?path=/ws`, { method: 'POST' })
    if (!response.ok) throw new Error(`no ticket, but ${response.status}`)
    const { ticket } = (await response.json()) as { readonly ticket: string } // of the API
    return encodeURIComponent(ticket)
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket
    let told: Received['data'] = {}
    socket.addEventListener('message', ({ data }) => {
      const received = JSON.parse(String(data)) as Received // of the API
      if (received.event === 'auth0.closing') told = received.data
      else if (this.#socket === socket) this.#take(received)
    })
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket !== socket) return
      const { error_description: description = 'the connection was lost' } = told
      this.#end(told['code'] === REVOKED ? 'logged out' : 'closed', `${String(description)} (${code})`)
    })
  }

  #take({ event, data }: Received): void {
    switch (event) {
      case 'auth0.opened':
      case 'auth0.renewed':
        this.#keepUntil(Number(data['expires_in']), event === 'auth0.opened' ? 'opened' : 'renewed')
        this.#renewal?.done()
        return
      case 'auth0.refused':
        this.#renewal?.failed(new Error(`not renewed: ${String(data['error_description'])}`))
        return
      case 'refused':
        this.#change({ told: `not said: ${String(data['error_description'])}` })
        return
      case 'said':
        this.#onSaid(this.api, data)
    }
  }

  #keepUntil(seconds: number, told: string): void {
    this.#change({ name: 'connected', until: performance.now() + seconds * 1000, told })
    clearTimeout(this.#timer)
    const lead = Math.min(LEAD, seconds / 4)
    const renew = (): void => void this.renew().catch((error: unknown) => this.#change({ told: messageOf(error) }))
    this.#timer = setTimeout(renew, (seconds - lead) * 1000)
  }

  #send(event: string, data: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ event, data }))
  }

  #end(name: ConnectionState['name'], told: string): void {
    clearTimeout(this.#timer)
    this.#renewal?.failed(new Error('closed meanwhile'))
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
    this.#change({ name, told, until: undefined })
  }

  #change(change: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...change }
    this.#onChange(this.#state)
  }
}
