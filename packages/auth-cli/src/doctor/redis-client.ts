import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** One connection to a Redis, for questions. */
export interface RedisClient {
  /** Sends a command and gives the reply as text. @throws {Error} with the error of Redis */
  ask(...command: readonly string[]): Promise<string>
  close(): void
}

// Milliseconds, and characters: INFO has some thousands.
const TIME_LIMIT = 3000
const MOST_TEXT = 1_000_000

/**
 * Connects to a Redis by its URL: `redis://user:password@host:port`, `rediss://` for TLS. Asks only; it is no client for
 * applications.
 *
 * @throws {Error} with the system's `code`, or the error of Redis to AUTH
 */
export async function connectRedis(url: URL): Promise<RedisClient> {
  const host = url.hostname.replaceAll(/[[\]]/g, '')
  const port = Number(url.port || 6379)
  const isTls = url.protocol === 'rediss:'
  const socket: Socket = isTls ? connectTls({ host, port, servername: host }) : connect({ host, port })
  socket.setEncoding('utf8')
  socket.setTimeout(TIME_LIMIT, () => socket.destroy(new Error(`no answer within ${TIME_LIMIT / 1000} s`)))
  await once(socket, isTls ? 'secureConnect' : 'connect')
  const ask = questions(socket)
  const { username, password } = url
  try {
    if (password !== '') {
      const user = username === '' ? [] : [decodeURIComponent(username)]
      await ask('AUTH', ...user, decodeURIComponent(password))
    }
    return { ask, close: () => void socket.destroy() }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Asks by one connection, one question after the other. */
function questions(socket: Socket): RedisClient['ask'] {
  let text = ''
  let problem: Error | undefined
  let wake: () => void = () => undefined
  socket.on('data', (chunk) => {
    text += String(chunk)
    wake()
  })
  const end = (error: Error): void => {
    problem ??= error
    wake()
  }
  socket.on('error', end)
  socket.on('close', () => end(new Error('the connection was closed')))

  return async (...command) => {
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
    text = ''
    socket.write(`*${command.length}\r\n${parts.join('')}`)
    for (;;) {
      const reply = replyOf(text)
      if (reply?.startsWith('-') === true) throw new Error(reply.slice(1))
      if (reply !== undefined) return reply
      if (problem !== undefined) throw problem
      if (text.length > MOST_TEXT) throw new Error('an answer without an end')
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
}

/** A whole reply (RESP2): a line, a bulk string, or an array of those, as lines; undefined while more is to come. */
function replyOf(text: string): string | undefined {
  const lines = text.split('\r\n')
  const [first = ''] = lines
  if (lines.length < 2) return undefined
  if (/^[+:]/.test(first)) return first.slice(1)
  if (first.startsWith('-')) return first
  if (first.startsWith('$')) return bulk(text, first)
  if (!first.startsWith('*')) throw new Error('what listens there is no Redis')
  const count = Number(first.slice(1))
  // Each item is a length and a value, in a line each: what is asked for has no line breaks.
  return lines.length < 2 + count * 2
    ? undefined
    : lines
        .slice(1, -1)
        .filter((_, index) => index % 2 === 1)
        .join('\n')
}

function bulk(text: string, first: string): string | undefined {
  const length = Number(first.slice(1))
  // RESP2: there is none.
  if (length < 0) return ''
  const rest = Buffer.from(text.slice(first.length + 2))
  return rest.length < length + 2 ? undefined : rest.subarray(0, Math.max(0, length)).toString()
}
