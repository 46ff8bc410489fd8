import type { AuthConnection } from '@acme/auth-core'

/** Data of the event `hello`. */
export function helloOf({ auth }: Pick<AuthConnection, 'auth'>): { sub: string | null; scheme: string | null } {
  return { sub: auth?.subject ?? null, scheme: auth?.scheme ?? null }
}

/** Data of the answer to `need`: whether a scope is met on the connection, and by whom, or the code of the refusal. */
export async function answerNeed(
  connection: Pick<AuthConnection, 'require'>,
  scope: unknown,
): Promise<{ ok: boolean; sub?: string | undefined; code?: string }> {
  try {
    const auth = await connection.require(String(scope))
    return { ok: true, sub: auth.subject }
  } catch (error) {
    return { ok: false, code: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

/** What is to be sent for a message that came by WebSocket and is the application's, but for {@link answerNeed}. */
export type Answer = { readonly frame: string | Uint8Array } | { readonly need: unknown }

/** How the application of a WebSocket driver understands a frame. */
export function answerTo(frame: string | Uint8Array): Answer {
  if (typeof frame !== 'string') return { frame }
  try {
    const message: unknown = JSON.parse(frame)
    if (typeof message === 'object' && message !== null && 'event' in message && message.event === 'need')
      return { need: 'data' in message ? message.data : undefined }
  } catch {
    return { frame }
  }
  return { frame }
}

/** Answers a frame of a WebSocket: sends what came back, or the answer to `need`. */
export async function answerFrame(
  connection: Pick<AuthConnection, 'require'>,
  frame: string | Uint8Array,
  send: (frame: string | Uint8Array) => void,
): Promise<void> {
  const answer = answerTo(frame)
  if ('frame' in answer) return send(answer.frame)
  send(JSON.stringify({ event: 'need', data: await answerNeed(connection, answer.need) }))
}
