import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { reportText } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'

import { banner } from './banner.js'
import { asResource } from './resource.js'
import { readSettings } from './settings.js'
import type { SampleSettings } from './settings.js'
import type { SharedCounter } from './shared-counter.js'

/** A sample API that listens. */
export interface RunningApp {
  readonly server: Server
  /** What verifies its tokens, to be asked what it enforces. */
  readonly resourceServer: Pick<ResourceServer, 'report' | 'statistics'>
  /** Takes no new requests, and resolves when those under way are answered. */
  readonly close: () => Promise<unknown>
}

/** What is on Redis. */
type Shared = Pick<SharedCounter, 'open' | 'close'>

/** How long requests under way may take once the process is told to stop. */
const GRACE_MS = 2000

/** Settings, start, banner, signals: what `main.ts` of each sample API does around its framework. */
export async function runSample(
  framework: string,
  start: (settings: SampleSettings) => Promise<RunningApp>,
): Promise<void> {
  try {
    const settings = await asResource(readSettings(process.env))
    const app = await start(settings)
    settings.metrics?.observe(app.resourceServer)
    // Not waited for: without Redis, DPoP and limited requests get 503, and all others their answer.
    const shared = [settings.replay, settings.limits.counter, settings.sessions, settings.metrics]
    for (const one of shared) one?.open()
    stopOnSignal(app, shared)
    console.log(banner(settings, framework))
    if (settings.report === true) console.log(reportText(app.resourceServer.report()))
    console.log(`listening on ${originOf(app.server)}`)
  } catch (error) {
    console.error(isOperatorError(error) ? error.message : error)
    process.exit(1)
  }
}

/** Rejects when the port cannot be had. */
export async function listen(server: Server, { port, host }: SampleSettings): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

/** What is used of a `WebSocketServer`. */
interface OpenSockets {
  readonly clients: ReadonlySet<{ close(code: number): void; terminate(): void }>
}

/** @param sockets - WebSockets that the server has let through, which it does not close itself */
export async function closeServer(server: Server, sockets?: OpenSockets): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  if (sockets !== undefined) goAway(sockets)
  server.closeIdleConnections()
  await closed
}

/** Going away (RFC 6455 §7.4.1). */
export function goAway({ clients }: OpenSockets): void {
  for (const client of clients) client.close(1001)
  setTimeout(() => {
    for (const client of clients) client.terminate()
  }, GRACE_MS).unref()
}

function stopOnSignal({ server, close }: RunningApp, shared: readonly (Shared | undefined)[]): void {
  let stopping = false
  const stop = (): void => {
    // A terminal and a process manager may both send the signal.
    if (stopping) return
    stopping = true
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
    // Redis last: requests under way still need it.
    close()
      .then(() => Promise.all(shared.map(async (one) => one?.close())))
      .then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}

/** A bad setting, or a port in use: the message says all, a stack trace would hide it. */
function isOperatorError(error: unknown): error is Error {
  return error instanceof TypeError || (error instanceof Error && 'syscall' in error)
}

function originOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo // as: it listens on a TCP port
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
