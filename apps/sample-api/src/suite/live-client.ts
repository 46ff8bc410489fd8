import { once } from 'node:events'

import { WebSocket } from 'ws'

type Headers = Readonly<Record<string, string>>

interface Heard {
  readonly event: string
  readonly data: unknown
}

/** What came by a connection, to be waited for. */
class Inbox {
  readonly #heard: Heard[] = []
  #isClosed = false
  #wake: () => void = () => undefined

  take(heard: readonly Heard[]): void {
    this.#heard.push(...heard)
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** The data of the next event of a name. What came before it is passed over. @throws {Error} where none comes any more */
  async next(name: string): Promise<unknown> {
    for (;;) {
      for (let one = this.#heard.shift(); one !== undefined; one = this.#heard.shift())
        if (one.event === name) return one.data
      if (this.#isClosed) throw new Error(`closed before ${name}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** An open connection. */
export interface LiveClient {
  next(event: string): Promise<unknown>
  /** Resolves when it has ended: with the code of a WebSocket. */
  readonly closed: Promise<number | undefined>
  close(): void
}

export interface LiveSocket extends LiveClient {
  send(event: string, data: unknown): void
}

/** The status of the answer to a handshake: 101 where it is accepted, and the WebSocket closed again. */
export async function handshake(url: string, headers: Headers = {}): Promise<number | undefined> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  const status = new Promise<number | undefined>((resolve, reject) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    socket.on('error', reject)
  })
  return status.finally(() => socket.terminate())
}

/** Resolves when the server has said that it is open. */
export async function openSocket(url: string, headers: Headers): Promise<LiveSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  const inbox = new Inbox()
  socket.on('message', (data: Buffer) => inbox.take([JSON.parse(data.toString()) as Heard])) // as all frames of the samples
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      inbox.close()
      resolve(code)
    })
  })
  await once(socket, 'open')
  await inbox.next('auth0.opened')
  return {
    closed,
    next: (event) => inbox.next(event),
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    close: () => socket.close(),
  }
}

/** Resolves when the server has said that it is open. */
export async function openStream(url: string, headers: Headers): Promise<LiveClient> {
  const controller = new AbortController()
  const response = await fetch(url, { headers, signal: controller.signal })
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  const inbox = new Inbox()
  const closed = readEvents(response, inbox)
  await inbox.next('auth0.opened')
  return { closed, next: (event) => inbox.next(event), close: () => controller.abort() }
}

async function readEvents({ body }: Response, inbox: Inbox): Promise<undefined> {
  let text = ''
  try {
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      inbox.take(blocks.flatMap(eventOf))
    }
  } catch {
    // Closed by this client.
  }
  inbox.close()
  return undefined
}

/** HTML §9.2.6, as much as the samples use of it. */
function eventOf(block: string): Heard[] {
  const [, event] = /^event: ?(.*)$/m.exec(block) ?? []
  const [, data] = /^data: ?(.*)$/m.exec(block) ?? []
  return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) as unknown }]
}
