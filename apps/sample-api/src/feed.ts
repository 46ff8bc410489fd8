import { isAuthError } from '@acme/auth-core'
import type { AuthConnection } from '@acme/auth-core'

/** What somebody said on a WebSocket, and everybody hears who is connected to this process. */
export interface Said {
  readonly from: string | null
  readonly text: string
}

/** What clients are told, by the name of the event. */
export type Tell = (event: 'said' | 'refused', data: object) => void

const listeners = new Set<(said: Said) => void>()

/** Tells what is said from now on. @returns ends it */
export function listen(listener: (said: Said) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Says something to everybody, if the caller may at this moment: `write:messages`, by the last token of the connection. */
export async function say(connection: Pick<AuthConnection, 'require'>, text: string): Promise<void> {
  const { subject = null } = await connection.require('write:messages')
  const said = { from: subject, text: text.slice(0, MOST) }
  for (const listener of listeners) listener(said)
}

// Characters.
const MOST = 500

/** Somebody who is connected. */
interface Client {
  readonly hear: (message: unknown) => void
  readonly leave: () => void
}

/** Bytes that may wait for a client: one that does not read is not told any more. */
const MOST_UNSENT = 1_048_576

/** What is used of a WebSocket. */
interface Socket {
  readonly bufferedAmount?: number
  send(text: string): void
}

/** Tells a client of a WebSocket. */
export function tellBy(socket: Socket): Tell {
  return (event, data) => {
    if ((socket.bufferedAmount ?? 0) < MOST_UNSENT) socket.send(JSON.stringify({ event, data }))
  }
}

/** A client of a WebSocket: `{ "event": "say", "data": "hello" }` is for everybody. */
export function join(connection: AuthConnection, tell: Tell): Client {
  const leave = listen((said) => tell('said', said))
  return {
    leave,
    hear(message) {
      const text = textOf(message)
      if (text === undefined) return
      say(connection, text).catch((error: unknown) =>
        tell('refused', isAuthError(error) ? error.toJSON() : { error: 'server_error' }),
      )
    },
  }
}

function textOf(message: unknown): string | undefined {
  try {
    const { event, data } = Object(JSON.parse(String(message))) as { event?: unknown; data?: unknown } // whatever it is
    return event === 'say' && typeof data === 'string' ? data : undefined
  } catch {
    return undefined
  }
}
