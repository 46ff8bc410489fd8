/** The part of Node's socket that is used here. */
interface AnswerSocket {
  end(bytes: Uint8Array): unknown
  destroy(): unknown
  on(event: 'close', listener: () => void): unknown
  readonly destroyed: boolean
}

/** Milliseconds for a client to take the answer and close. */
const CLOSING_TIME = 2000

/**
 * Sends what refuses a WebSocket handshake with its body, which @hono/node-server drops: it sends status and headers alone. For
 * `serve({ fetch: answerUpgrades(app.fetch), websocket })`. A 404 is left to it, as another listener may know the path.
 *
 * @example
 * ```ts
 * import { answerUpgrades } from '@acme/auth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * export const options = { fetch: answerUpgrades(app.fetch) } // of serve()
 * ```
 */
export function answerUpgrades(
  fetch: (request: Request, env: never) => Response | Promise<Response>,
): (request: Request, env: unknown) => Promise<Response> {
  return async (request, env) => {
    const response = await fetch(request, env as never) // what the server hands over is handed on
    const socket = upgradingSocket(env)
    if (socket !== undefined && response.status >= 400 && response.status !== 404) await answer(socket, response)
    return response
  }
}

/** In a handshake there is no response of Node that would write it. */
function upgradingSocket(env: unknown): AnswerSocket | undefined {
  const { incoming, outgoing } = (env ?? {}) as { incoming?: { socket?: AnswerSocket }; outgoing?: unknown } // of @hono/node-server
  return outgoing === undefined ? incoming?.socket : undefined
}

/** The socket is destroyed at the end, so that nothing more is sent on it. */
async function answer(socket: AnswerSocket, response: Response): Promise<void> {
  const body = new Uint8Array(await response.clone().arrayBuffer())
  const headers = [...response.headers].filter(([name]) => name !== 'connection' && name !== 'content-length')
  const lines = [...headers, ['connection', 'close'], ['content-length', String(body.length)]]
  const head = [`HTTP/1.1 ${response.status} `, ...lines.map((line) => line.join(': ')), '', ''].join('\r\n')
  if (socket.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CLOSING_TIME)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.end(concatenated(new TextEncoder().encode(head), body))
  })
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
