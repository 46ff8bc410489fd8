import { createAuth } from '@acme/auth-hono'
import type { AuthOptions, ConnectionEvents, HonoAuth, RevocationListener, RevocationSource } from '@acme/auth-hono'
import { answerFrame, helloOf } from '@acme/tests-connections/application'
import { Hono } from 'hono'
import type { Context, MiddlewareHandler } from 'hono'
import { requestId } from 'hono/request-id'
import type { WSContext, WSEvents } from 'hono/ws'

/** `upgradeWebSocket` of a runtime. */
export type Upgrade = (createEvents: (c: Context) => WSEvents | Promise<WSEvents>) => MiddlewareHandler

/** Revokes the tokens of subjects, as it is told by `POST /revoke`. */
class Revocations implements RevocationSource {
  readonly name = 'test'
  readonly #subjects = new Set<string | undefined>()
  readonly #listeners = new Set<RevocationListener>()

  check({ subject }: { readonly subject: string | undefined }): boolean {
    return this.#subjects.has(subject)
  }

  subscribe(listener: RevocationListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  revoke(subject: string): void {
    this.#subjects.add(subject)
    for (const listener of this.#listeners) listener.revoked({ subject })
  }
}

/**
 * The application of the contract of connections, on any runtime.
 *
 * @param tell - gets the events of connections, and traces, as lines of JSON
 */
export function createConnectionsApp(configuration: string, upgrade: Upgrade, tell: (line: string) => void): Hono {
  const { options, transport } = JSON.parse(configuration) as { options: AuthOptions; transport: 'ws' | 'sse' } // by the driver
  const revocation = new Revocations()
  const onEvent: AuthOptions['onEvent'] = (event) => {
    if (event.type === 'connection') tell(JSON.stringify(event))
  }
  const store = { put: (_id: string, trace: string) => tell(JSON.stringify({ trace })), get: () => [] }
  const auth = createAuth({ ...options, revocation, onEvent, traces: { store } })
  const app = new Hono()
  app.use(requestId())
  app.post('/revoke', (c) => {
    revocation.revoke(c.req.query('subject') ?? '')
    return c.text('')
  })
  app.post('/ticket', auth.requireAuth(), async (c) => {
    const use = { path: c.req.query('path') ?? '', origin: c.req.header('origin') }
    return c.json(await auth.resourceServer.issueTicket(c.var.auth, use))
  })
  app.get('/plain', auth.requireAuth('read:x'), (c) => c.json({}))
  const handler = transport === 'sse' ? events(auth) : upgrade(auth.connection(() => webSocketEvents))
  app.get('/connect', auth.requireAuth('read:x'), handler)
  app.get('/open', auth.optionalAuth(), handler)
  return app
}

function events(auth: HonoAuth): MiddlewareHandler {
  return (c) => auth.eventStream(c, (stream) => void stream.send('hello', helloOf(stream.connection)))
}

const webSocketEvents: ConnectionEvents = {
  onOpen: (_event, ws, connection) => ws.send(JSON.stringify({ event: 'hello', data: helloOf(connection) })),
  async onMessage(event, ws, connection) {
    await answerFrame(connection, await frameOf(event.data), (frame) => send(ws, frame))
  },
}

async function frameOf(data: unknown): Promise<string | Uint8Array> {
  if (typeof data === 'string') return data
  // Bytes are of each kind there is.
  return data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : new Uint8Array(data as ArrayBuffer)
}

function send(ws: WSContext, frame: string | Uint8Array): void {
  ws.send(typeof frame === 'string' ? frame : new Uint8Array(frame))
}
