import type {
  DisturbedReplayStoreFixture,
  ReplayStoreImplementation,
  TestClock,
  TestedSender,
} from '../src/replay-store/index.js'

/** How a store can be wrong. */
export interface Defects {
  /** Looks and writes in two steps. */
  readonly racy?: boolean
  readonly keyOf?: (key: string, sender: TestedSender) => string
  /** Seconds that it forgets too early, or too late. */
  readonly early?: number
  readonly late?: number
  /** What it does with the time of a key that was seen. */
  readonly onSeen?: 'extend' | 'shorten'
  readonly whenFull?: 'forget the oldest' | 'accept'
  /** Never lets go of anything when it is full. */
  readonly fullForever?: boolean
  readonly unshared?: boolean
  /** Whom it counts by. */
  readonly quotaOf?: (sender: TestedSender) => string
  /** Never gives a part back. */
  readonly quotaForever?: boolean
  readonly whenDown?: 'accept' | 'hang' | 'forget'
  readonly whenSlow?: 'accept late' | 'hang'
  readonly reserved?: unknown
}

interface Server {
  readonly entries: Map<string, number>
  /** The times of what each has sent. */
  readonly parts: Map<string, number[]>
  state: 'up' | 'down' | 'held'
  resume: () => void
  resumed: Promise<void>
}

const TIMEOUT = 0.2

export function createClock(time = 1_700_000_000): TestClock {
  let now = time
  return {
    now: () => now,
    set(seconds) {
      if (seconds < now) throw new Error('back in time')
      now = seconds
    },
  }
}

/** A replay store that is right but for its defects. */
export function model(defects: Defects, clocked: boolean): ReplayStoreImplementation {
  const fixture = (room: number): DisturbedReplayStoreFixture => {
    const server = newServer()
    const clock = clocked ? createClock() : undefined
    const open = (its: Server): DisturbedReplayStoreFixture['store'] => ({
      reserve: (key, until, sender) => reserve({ server: its, clock, room, defects }, key, until, sender),
    })
    return {
      store: open(server),
      another: () => open(defects.unshared === true ? newServer() : server),
      ...(clock !== undefined && { clock }),
      stop: async () => void (server.state = 'down'),
      async start() {
        if (defects.whenDown === 'forget') server.entries.clear()
        server.state = 'up'
      },
      hold() {
        server.state = 'held'
        server.resumed = new Promise((resolve) => (server.resume = resolve))
      },
      release() {
        server.state = 'up'
        server.resume()
      },
    }
  }
  return {
    shared: true,
    timeout: TIMEOUT,
    keptLonger: clocked ? 0 : 0.3,
    start: () => fixture(Infinity),
    startSmall: () => fixture(500),
    quota: true,
    ...(!clocked && { startDisturbed: async () => fixture(Infinity) }),
  }
}

function newServer(): Server {
  return { entries: new Map(), parts: new Map(), state: 'up', resume: () => undefined, resumed: Promise.resolve() }
}

interface Parts {
  readonly server: Server
  readonly clock: TestClock | undefined
  readonly room: number
  readonly defects: Defects
}

async function reserve(parts: Parts, key: string, until: number, sender: TestedSender): Promise<unknown> {
  const { server, defects } = parts
  if (server.state === 'down') {
    if (defects.whenDown === 'accept') return 'reserved'
    if (defects.whenDown === 'hang') return new Promise(() => undefined)
    throw new Error('down')
  }
  if (server.state === 'held') {
    if (defects.whenSlow === 'hang') await server.resumed
    else await pause(TIMEOUT)
    if (defects.whenSlow !== 'accept late') throw new Error('no answer in time')
  }
  const text = defects.keyOf?.(key, sender) ?? key
  const known = entryOf(parts, text)
  if (defects.racy === true) await pause(0)
  if (known !== undefined) {
    if (defects.onSeen === 'extend') server.entries.set(text, Math.max(known, until))
    if (defects.onSeen === 'shorten') server.entries.set(text, Math.min(known, until))
    return 'seen'
  }
  makeRoom(parts)
  takePart(parts, until, sender)
  server.entries.set(text, until)
  return defects.reserved ?? 'reserved'
}

/** Until when it is kept, if it is. */
function entryOf({ server, clock, defects }: Parts, key: string): number | undefined {
  const known = server.entries.get(key)
  if (known === undefined) return undefined
  const kept = known - (defects.early ?? 0) + (defects.late ?? 0)
  return (clock?.now() ?? Date.now() / 1000) <= kept ? known : undefined
}

function makeRoom({ server, clock, room, defects }: Parts): void {
  const { entries } = server
  if (entries.size < room || defects.whenFull === 'accept') return
  const now = clock?.now() ?? Date.now() / 1000
  if (defects.fullForever !== true) for (const [key, until] of entries) if (until < now) entries.delete(key)
  if (entries.size < room) return
  if (defects.whenFull === undefined) throw new Error('full')
  for (const oldest of [...entries.keys()].slice(0, 50)) entries.delete(oldest)
}

/** A quarter of the room for each. */
function takePart({ server, clock, room, defects }: Parts, until: number, sender: TestedSender): void {
  const now = clock?.now() ?? Date.now() / 1000
  const name = (defects.quotaOf ?? (({ owner }) => owner))(sender)
  const live = (server.parts.get(name) ?? []).filter((end) => defects.quotaForever === true || end >= now)
  if (live.length >= room / 4) throw new Error('too many of one')
  server.parts.set(name, [...live, until])
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
