import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

import { startTestIssuer } from '@acme/auth-testing'

import type { IdleTold } from './idle-server.js'

/** Bytes for each idle connection, on the heap and outside. Each has a token of its own, as it is with real clients. */
export interface IdleCost {
  readonly count: number
  /** Nothing but sockets of `ws`. */
  readonly bare: number
  /** Behind a guard, and the application keeps who is connected, without `connection()`. */
  readonly guarded: number
  /** By `connection()`. */
  readonly ours: number
}

// Loads code and fills what is bounded, before the first measurement.
const WARM_UP = 1200
const PARALLEL = 100

/** Opens so many idle WebSockets, and measures what the server takes for them. */
export async function measureIdle(count: number): Promise<IdleCost> {
  const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  const { issuer: ISSUER, audience: AUDIENCE } = issuer
  let subject = 0
  const ownToken = (): Promise<string> =>
    issuer.accessToken({ scope: 'read:x', claims: { sub: `user-${(subject += 1)}`, sid: crypto.randomUUID() } })
  const bytes = (KIND: string): Promise<number> => bytesEach(count, { ISSUER, AUDIENCE, KIND }, ownToken)
  try {
    return { count, bare: await bytes('bare'), guarded: await bytes('guarded'), ours: await bytes('ours') }
  } finally {
    await issuer.close()
  }
}

async function bytesEach(
  count: number,
  environment: Readonly<Record<string, string>>,
  tokenOf: () => Promise<string>,
): Promise<number> {
  const child = fork(fileURLToPath(new URL('../../dist/connections/idle-server.js', import.meta.url)), {
    execArgv: ['--expose-gc'],
    env: { NODE_ENV: 'production', ...environment },
  })
  const message = async (): Promise<unknown> => {
    const all: unknown[] = await once(child, 'message')
    return all[0]
  }
  const tell = async (): Promise<IdleTold> => {
    child.send({})
    return (await message()) as IdleTold // as: it sends nothing else
  }
  try {
    const port = Number(await message())
    const warm = await openMany(WARM_UP, port, tokenOf)
    const before = await tell()
    const idle = await openMany(count, port, tokenOf)
    const after = await tell()
    for (const socket of [...warm, ...idle]) socket.destroy()
    if (after.open !== WARM_UP + count) throw new Error(`${after.open} are open, not ${WARM_UP + count}`)
    return (after.bytes - before.bytes) / count
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
}

async function openMany(count: number, port: number, tokenOf: () => Promise<string>): Promise<Socket[]> {
  const opened: Socket[] = []
  const work = async (): Promise<void> => {
    while (opened.length < count) {
      const token = await tokenOf()
      if (opened.length >= count) return
      const socket = connect(port, '127.0.0.1')
      opened.push(socket)
      await handshake(socket, token)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return opened
}

/** RFC 6455 §4.1. @returns when the first message has come */
function handshake(socket: Socket, token: string): Promise<void> {
  const lines = [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
  ]
  socket.write([...lines, '', ''].join('\r\n'))
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('latin1').on('error', reject)
    socket.on('data', (chunk) => {
      text += String(chunk)
      if (text.includes('auth0.opened')) resolve()
    })
    socket.on('close', () => reject(new Error(`closed: ${text}`)))
  })
}
