import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'

import { Client } from './client.js'
import type { Opening } from './client.js'

class SocketIoClient extends Client {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.onAny((event: string, data: unknown) => this.received.push({ event, data }))
    socket.on('disconnect', () => {
      this.closed = { code: undefined, reason: undefined }
    })
  }

  send(event: string, data: unknown): void {
    this.#socket.emit(event, data)
  }

  sendFrame(): void {
    throw new Error('Socket.IO has no frames of the application')
  }

  close(): void {
    this.#socket.disconnect()
  }
}

/** @throws what the handshake was refused with */
export function openSocketIo({ port, target, headers, protocols }: Opening): Promise<Client> {
  const { pathname, searchParams } = new URL(target, `http://127.0.0.1:${port}`)
  const socket = io(`http://127.0.0.1:${port}`, {
    path: pathname,
    query: Object.fromEntries(searchParams),
    extraHeaders: Object.fromEntries(headers),
    protocols: [...protocols],
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  const client = new SocketIoClient(socket)
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve(client))
    socket.on('connect_error', reject)
  })
}
