import { setTimeout as wait } from 'node:timers/promises'

import type { Replica } from '@acme/tests-replicas'
import { WebSocket } from 'ws'

import type { Ledger } from './ledger.js'
import type { Outages } from './outages.js'
import type { Subjects } from './subjects.js'

/** An access token, and its times in seconds since the epoch. */
export interface Token {
  readonly text: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What all seats share. */
export interface Hall {
  readonly replicas: readonly Replica[]
  readonly subjects: Subjects
  readonly outages: Outages
  readonly ledger: Ledger
  /** Nothing is opened and renewed any more. */
  readonly closing: boolean
  issue(subject: string): Promise<Token>
}

/** How a client keeps its connection: not at all, or by which credentials. */
export type Renewal = 'lapses' | 'token' | 'ticket'

const now = (): number => Date.now() / 1000
const RETRY = 1 // seconds
// Seconds by which the clock of a busy machine may tell too late what came in time.
const SLACK = 0.05

/** One client: opens a connection, keeps it, and opens another when it was closed. */
export class Seat {
  readonly replica: Replica
  readonly subject: string
  readonly renewal: Renewal
  /** Of the connection, while one is open. */
  token: Token | undefined
  readonly #hall: Hall
  #socket: WebSocket | undefined
  #candidate: Token | undefined
  #sentAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(hall: Hall, index: number, subjects: number) {
    this.#hall = hall
    this.replica = hall.replicas[index % hall.replicas.length] as Replica // there is one
    this.subject = `user-${index % subjects}`
    this.renewal = index % 10 === 9 ? 'lapses' : index % 4 < 2 ? 'token' : 'ticket'
  }

  /** Why the connection should not be open any more, if so. */
  overdue(tolerance: number): string | undefined {
    const { token, subject } = this
    if (token === undefined) return undefined
    const { subjects } = this.#hall
    if (now() > token.expiresAt + tolerance) return 'expired'
    const known = Math.max(subjects.knownAt(subject), this.#hall.outages.backAt)
    const isRevoked = subjects.isRevoked(subject, token.issuedAt) === true
    return isRevoked && !this.#hall.outages.isGone && now() > known + tolerance ? 'revoked' : undefined
  }

  /** Opens the connection, however often it takes. */
  async open(): Promise<void> {
    const { ledger, subjects } = this.#hall
    while (!this.#hall.closing) {
      const early = subjects.goodFrom(this.subject) - now()
      if (early > 0) {
        await wait(Math.min(early, RETRY) * 1000)
        continue
      }
      const token = await this.#hall.issue(this.subject)
      const refused = await this.#handshake(token)
      if (refused === undefined) return
      ledger.count(`opening refused: ${refused}`)
      const revoked = subjects.isRevoked(this.subject, token.issuedAt) !== false
      if (!(refused === '401' && revoked) && refused !== '503') ledger.fault(`opening refused: ${refused}`)
      await wait(RETRY * (500 + Math.random() * 1000))
    }
  }

  /** As a client does that goes away. */
  leave(): void {
    clearTimeout(this.#timer)
    this.token = undefined
    this.#socket?.terminate()
  }

  /** @returns the status of a refusal */
  #handshake(token: Token): Promise<string | undefined> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.replica.port}/ws`, {
      headers: { authorization: `Bearer ${token.text}` },
      perMessageDeflate: false,
    })
    this.#socket = socket
    return new Promise((resolve) => {
      socket.on('open', () => {
        this.token = token
        this.#hall.ledger.count('opened')
        this.#plan()
        resolve(undefined)
      })
      socket.on('unexpected-response', (request, { statusCode }) => {
        request.destroy()
        resolve(String(statusCode))
      })
      socket.on('error', (error) => resolve(String(error)))
      socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as Message))
      socket.on('close', (code, reason) => {
        if (this.token !== undefined) this.#closed(this.token, code, reason.toString())
      })
    })
  }

  #plan(seconds?: number): void {
    const { token } = this
    if (token === undefined || this.renewal === 'lapses') return
    const life = token.expiresAt - token.issuedAt
    const delay = seconds ?? token.issuedAt + life * (0.3 + Math.random() * 0.2) - now()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#renew(), Math.max(0, delay) * 1000)
  }

  async #renew(): Promise<void> {
    const socket = this.#socket
    if (this.#hall.closing || this.#candidate !== undefined) return
    const candidate = await this.#hall.issue(this.subject)
    const data = this.renewal === 'token' ? { token: candidate.text } : await this.#ticket(candidate)
    // Closed meanwhile, and perhaps opened anew.
    if (socket?.readyState !== WebSocket.OPEN || socket !== this.#socket) return
    if (data === undefined) return this.#plan(RETRY)
    this.#candidate = candidate
    this.#sentAt = now()
    socket.send(JSON.stringify({ event: 'auth0.renew', data }))
  }

  /** Bought at any replica. @returns undefined when there is none now */
  async #ticket(token: Token): Promise<{ ticket: unknown } | undefined> {
    const { replicas, ledger, subjects } = this.#hall
    const { port } = replicas[Math.floor(Math.random() * replicas.length)] ?? this.replica
    const headers = { authorization: `Bearer ${token.text}` }
    const response = await fetch(`http://127.0.0.1:${port}/tickets?path=/ws`, { method: 'POST', headers })
    const text = await response.text()
    if (response.status === 200) return JSON.parse(text) as { ticket: unknown } // as: of `issueTicket`
    ledger.count(`ticket refused: ${response.status}`)
    const isExpected =
      response.status === 503 || (response.status === 401 && subjects.isRevoked(this.subject, token.issuedAt) !== false)
    if (!isExpected) ledger.fault(`ticket refused: ${response.status} ${text}`)
    return undefined
  }

  #hear({ event, data }: Message): void {
    const { ledger, subjects } = this.#hall
    const candidate = this.#candidate
    if (event === 'auth0.renewed' && candidate !== undefined) {
      ledger.count(`renewed by ${this.renewal}`)
      this.token = candidate
      const told = (data.expires_in ?? 0) - (candidate.expiresAt - now())
      if (Math.abs(told) > 2) ledger.fault(`told a lifetime that is wrong by ${told} s`)
      this.#candidate = undefined
      this.#plan()
    } else if (event === 'auth0.refused') {
      const { code = '' } = data
      ledger.count(`renewal refused: ${code}`)
      const revoked = candidate !== undefined && subjects.isRevoked(this.subject, candidate.issuedAt) !== false
      if (!code.startsWith('SRV_500') && !(revoked && code === 'AUTH_1018')) ledger.fault(`renewal refused: ${code}`)
      this.#candidate = undefined
      this.#plan(RETRY)
    } else if (event !== 'auth0.opened' && event !== 'auth0.closing') ledger.fault(`told ${event} for nothing`)
  }

  #closed(token: Token, code: number, reason: string): void {
    clearTimeout(this.#timer)
    this.token = undefined
    this.#candidate = undefined
    const what = `${code} ${reason}`.trim()
    this.#hall.ledger.count(`closed ${what}`)
    const wrong = this.#judge(token, what)
    if (wrong !== undefined) this.#hall.ledger.fault(`closed ${what}: ${wrong}`)
    void this.open()
  }

  /** Why it should not have been closed, if so. */
  #judge(token: Token, what: string): string | undefined {
    const { subjects, ledger, outages, closing } = this.#hall
    if (what === '1008 AUTH_1018') {
      if (subjects.isRevoked(this.subject, token.issuedAt) === false) return 'the token was not revoked'
      const delay = now() - subjects.knownAt(this.subject)
      if (!outages.isGone && outages.backAt < now() - 15) ledger.revoked(Math.max(0, delay))
      return undefined
    }
    if (what !== '1008 AUTH_1001') return 'for no reason that there is'
    const late = now() - token.expiresAt
    if (late < -SLACK) return `${-late} s before its end`
    ledger.expired(late)
    if (this.renewal === 'lapses' || closing) return undefined
    return `though its client renews it by ${this.renewal}, last ${now() - this.#sentAt} s ago`
  }
}

interface Message {
  readonly event: string
  readonly data: { readonly expires_in?: number; readonly code?: string }
}
