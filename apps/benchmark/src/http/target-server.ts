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
  /** Microseconds of the server's CPU per request, in windows of so much time on each route. */
  windows(forMs: number): Promise<Readonly<Record<Kind, number>>>
  end(): Promise<void>
}

type Kind = 'bare' | 'guarded'

interface Share {
  readonly requests: number
  /** Microseconds. */
  readonly cpu: number
}

// Short windows in an order that cancels what drifts, such as the load of the machine.
const SLICES: readonly Kind[] = ['bare', 'guarded', 'guarded', 'bare', 'bare', 'guarded', 'guarded', 'bare']
// With a proof to verify no server answers faster.
const LEAST_MS_PER_REQUEST = 0.05

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
  await Client.use(port, (client) => requireVerdicts(client, stream, route))

  /** The server is idle at both ends, so that the kernel's account is up to date. */
  async function measure(client: Client, next: () => Buffer | undefined, forMs: number): Promise<Share> {
    const before = cpuOf(pid)
    const requests = await client.run(next, forMs)
    return { requests, cpu: cpuOf(pid) - before }
  }

  return {
    name: route.name,
    async warmUp(forMs) {
      stream.prepare(Math.ceil(forMs / LEAST_MS_PER_REQUEST))
      await Client.use(port, async (client) => {
        await client.run(stream.guarded, forMs)
        await client.run(stream.bare, forMs / 2)
      })
    },
    windows(forMs) {
      stream.prepare(Math.ceil(forMs / LEAST_MS_PER_REQUEST))
      return Client.use(port, async (client) => {
        const shares: Record<Kind, Share[]> = { bare: [], guarded: [] }
        for (const kind of SLICES) shares[kind].push(await measure(client, stream[kind], forMs / (SLICES.length / 2)))
        return { bare: costOf(shares.bare), guarded: costOf(shares.guarded) }
      })
    },
    end: () => end(child),
  }
}

function costOf(shares: readonly Share[]): number {
  const sum = (member: keyof Share): number => shares.reduce((total, share) => total + share[member], 0)
  return sum('cpu') / sum('requests')
}

async function requireVerdicts(client: Client, stream: Stream, { name, guard }: Route): Promise<void> {
  stream.prepare(1)
  const good = stream.guarded()
  if (good === undefined || (await client.status(good)) !== 200) throw new Error(`${name} refuses a good request`)
  const limit = guard === 'rs256' || guard === 'es256'
  if (!limit && (await client.status(stream.refused())) === 200) throw new Error(`${name} accepts a bad request`)
}
