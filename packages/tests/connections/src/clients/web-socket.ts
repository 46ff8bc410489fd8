import { WebSocket } from 'ws'

import { Client } from './client.js'
import type { Opening } from './client.js'

class WebSocketClient extends Client {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    socket.on('message', (data: Buffer, isBinary) => this.take(isBinary ? new Uint8Array(data) : data.toString()))
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
    socket.on('upgrade', () => {
      this.protocol = socket.protocol
    })
  }

  send(event: string, data: unknown): void {
    this.sendFrame(JSON.stringify({ event, data }))
  }

  sendFrame(frame: string | Uint8Array): void {
    this.#socket.send(frame)
  }

  close(): void {
    this.#socket.terminate()
  }
}

/** @throws what the handshake was refused with */
export function openWebSocket({ port, target, headers, protocols }: Opening): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, [...protocols], {
    headers: Object.fromEntries(headers),
  })
  const client = new WebSocketClient(socket)
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      client.protocol = socket.protocol
      resolve(client)
    })
    socket.on('error', reject)
  })
}
