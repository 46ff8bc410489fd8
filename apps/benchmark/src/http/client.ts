import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** Keep-alive connections that send prepared requests, one at a time on each. Does little, to outrun the server. */
export class Client {
  readonly #connections: readonly Connection[]

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections
  }

  /** Connects, does something, and disconnects: servers close connections that are idle for some seconds. */
  static async use<Result>(port: number, work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client(await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port))))
    try {
      return await work(client)
    } finally {
      for (const connection of client.#connections) connection.close()
    }
  }

  /** The status of the answer to one request. */
  status(request: Buffer): Promise<number> {
    const [connection] = this.#connections
    if (connection === undefined) throw new RangeError('no connections')
    return connection.send(request)
  }

  /**
   * Sends requests on all connections until the time is over, or there are none left.
   *
   * @returns how many were answered with 200
   * @throws {Error} for any other answer
   */
  async run(next: () => Buffer | undefined, forMs: number): Promise<number> {
    const end = performance.now() + forMs
    let answered = 0
    const work = async (connection: Connection): Promise<void> => {
      while (performance.now() < end) {
        const request = next()
        if (request === undefined) return
        const status = await connection.send(request)
        if (status !== 200) throw new Error(`status ${status}`)
        answered++
      }
    }
    await Promise.all(this.#connections.map(work))
    return answered
  }
}

const CONNECTIONS = 32
const HEAD_END = '\r\n\r\n'
const ANSWER_WITHIN = 10_000
const LAST_CHUNK = `0${HEAD_END}`

class Connection {
  readonly #socket: Socket
  #received = ''
  #settle: { resolve(status: number): void; reject(error: Error): void } | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    socket.setTimeout(ANSWER_WITHIN, () => socket.destroy(new Error('no answer')))
    socket.on('error', (error) => this.#settle?.reject(error))
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const head = this.#received.indexOf(HEAD_END)
    if (head < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1]
    // Without a length it comes in chunks: refusals only.
    if (length === undefined && !this.#received.endsWith(LAST_CHUNK)) return
    if (this.#received.length < head + HEAD_END.length + Number(length ?? 0)) return
    const status = Number(this.#received.slice(9, 12))
    this.#received = ''
    this.#settle?.resolve(status)
  }
}
