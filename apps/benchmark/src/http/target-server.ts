import { Client } from './client.js'
import { end, messageOf, pin, startRole } from './pinned.js'
import { cpuOf } from './process-cpu.js'
import type { Route } from './routes.js'
import type { Setup } from './setup.js'
import type { Stream } from './traffic.js'

/** A server in a process of its own. */
export interface TargetServer {
  readonly name: string
  warmUp(forMs: number): Promise<void>
  /** Microseconds of the server's CPU per request, in a window on each route. */
  windows(forMs: number, guardedFirst: boolean): Promise<{ readonly bare: number; readonly guarded: number }>
  end(): Promise<void>
}

const CONNECTIONS = 32
// No server here answers faster.
const LEAST_MS_PER_REQUEST = 0.012

/** @throws {Error} unless the server accepts a good request and refuses a bad one */
export async function startTarget(
  setup: Setup,
  route: Route,
  stream: Stream,
  core: number | undefined,
): Promise<TargetServer> {
  const child = startRole('http-server')
  child.send(setup)
  const { port } = (await messageOf(child)) as { port: number } // sent by server.ts
  const pid = child.pid ?? 0
  // Only now: several servers start at once, on all cores.
  if (core !== undefined) pin(pid, core)
  const client = await Client.connect(port, CONNECTIONS)
  await requireVerdicts(client, stream, route)

  /** The server is idle at both ends, so that the kernel's account is up to date. */
  async function measure(next: () => Buffer | undefined, forMs: number): Promise<number> {
    const before = cpuOf(pid)
    const answered = await client.run(next, forMs)
    return (cpuOf(pid) - before) / answered
  }

  return {
    name: route.name,
    async warmUp(forMs) {
      stream.prepare(Math.ceil(forMs / LEAST_MS_PER_REQUEST / 4))
      await client.run(stream.guarded, forMs)
      await client.run(stream.bare, forMs / 2)
    },
    async windows(forMs, guardedFirst) {
      stream.prepare(Math.ceil(forMs / LEAST_MS_PER_REQUEST / 3))
      const first = guardedFirst ? await measure(stream.guarded, forMs) : undefined
      const bare = await measure(stream.bare, forMs)
      return { bare, guarded: first ?? (await measure(stream.guarded, forMs)) }
    },
    async end() {
      client.close()
      await end(child)
    },
  }
}

async function requireVerdicts(client: Client, stream: Stream, { name, guard }: Route): Promise<void> {
  stream.prepare(1)
  const good = stream.guarded()
  if (good === undefined || (await client.status(good)) !== 200) throw new Error(`${name} refuses a good request`)
  const limit = guard === 'rs256' || guard === 'es256'
  if (!limit && (await client.status(stream.refused())) === 200) throw new Error(`${name} accepts a bad request`)
}
