import { until } from '../until.js'

import type { Header } from '../raw.js'

/** How a client opens a connection. */
export interface Opening {
  readonly port: number
  /** With its query. */
  readonly target: string
  readonly headers: readonly Header[]
  /** Subprotocols, where a client can offer some. */
  readonly protocols: readonly string[]
}

/** An event as it came. */
export interface Received {
  readonly event: string
  readonly data: unknown
}

export interface Closed {
  /** Undefined where the transport has none. */
  readonly code: number | undefined
  readonly reason: string | undefined
}

/** An open connection, whatever its transport. */
export abstract class Client {
  readonly received: Received[] = []
  /** Frames that are no events. */
  readonly frames: (string | Uint8Array)[] = []
  closed: Closed | undefined
  /** The subprotocol that the server selected. */
  protocol = ''
  #read = 0

  abstract send(event: string, data: unknown): void
  /** A frame as it is. */
  abstract sendFrame(frame: string | Uint8Array): void
  abstract close(): void

  /** The data of the next event of a name, which may have come already. What came before it is passed over. */
  async next(event: string): Promise<unknown> {
    let found: Received | undefined
    await until(`the event ${event}, after ${JSON.stringify(this.received)}`, () => {
      for (; found === undefined && this.#read < this.received.length; this.#read++) {
        const one = this.received[this.#read]
        if (one?.event === event) found = one
      }
      if (found === undefined && this.closed !== undefined) throw new Error(`closed before ${event}`)
      return found !== undefined
    })
    return found?.data
  }

  async whenClosed(): Promise<Closed> {
    await until('the end of the connection', () => this.closed !== undefined)
    return this.closed ?? { code: undefined, reason: undefined }
  }

  async frame(): Promise<string | Uint8Array> {
    await until('a frame', () => this.frames.length > 0)
    return this.frames.shift() ?? ''
  }

  protected take(text: string | Uint8Array): void {
    const event = typeof text === 'string' ? eventOf(text) : undefined
    if (event === undefined) this.frames.push(text)
    else this.received.push(event)
  }
}

/** `{ "event": "…", "data": … }`, of ours or of the application of the contract. */
function eventOf(text: string): Received | undefined {
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message !== 'object' || message === null || !('event' in message) || !('data' in message))
      return undefined
    return typeof message.event === 'string' ? { event: message.event, data: message.data } : undefined
  } catch {
    return undefined
  }
}
