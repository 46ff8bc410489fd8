import { flatCopy } from '../util/flat-copy.js'

/** A trace as it is kept. */
export interface KeptTrace {
  /** The correlation id of the answer. */
  readonly id: string
  /** Whose share of the room it takes: see {@link createTraceList}. */
  readonly group: string
  readonly text: string
}

/** Traces of this process, as text. */
export interface TraceList {
  put(trace: KeptTrace): void
  /** Of a name the first that is kept, and then the newest of the later ones. */
  get(id: string): readonly string[]
  /** The latest first. */
  latest(): Iterable<string>
}

interface Held extends KeptTrace {
  /** Seconds of the clock of the resource server. */
  readonly until: number
}

interface Group {
  readonly held: Set<Held>
  characters: number
}

// Characters for each that there may be. Anybody can be refused: of larger traces fewer are kept.
const EACH = 8 * 1024
// Of a name, the first one included.
const SAME = 4

/**
 * Bounded in entries and in characters. Where there is no room, the oldest of the group that takes most of it goes: whoever is
 * refused again and again pushes out traces of the same kind, and not everybody's.
 *
 * Callers may choose the name of a request, and retries keep it: the first of a name stays, so that nobody replaces the trace
 * of another's request by sending its name.
 *
 * Text takes less memory than what it is parsed to, and holds on to no token that it was cut out of.
 */
export function createTraceList(bounds: {
  readonly max: number
  /** Seconds. */
  readonly maxAge: number
  readonly now: () => number
}): TraceList {
  const { max, maxAge, now } = bounds
  // In the order in which they were put, all of them.
  const all = new Set<Held>()
  const groups = new Map<string, Group>()
  const named = new Map<string, readonly Held[]>()
  let characters = 0

  function add(held: Held): void {
    const { id, group, text } = held
    all.add(held)
    named.set(id, [...(named.get(id) ?? []), held])
    const own = groups.get(group) ?? { held: new Set(), characters: 0 }
    groups.set(group, own)
    own.held.add(held)
    own.characters += text.length
    characters += text.length
  }
  function remove(held: Held): void {
    const { id, group, text } = held
    if (!all.delete(held)) return
    const others = (named.get(id) ?? []).filter((one) => one !== held)
    if (others.length > 0) named.set(id, others)
    else named.delete(id)
    const own = groups.get(group)
    own?.held.delete(held)
    if (own?.held.size === 0) groups.delete(group)
    else if (own !== undefined) own.characters -= text.length
    characters -= text.length
  }
  function expire(): void {
    for (const held of all) {
      if (held.until > now()) return
      remove(held)
    }
  }
  function makeRoom(): void {
    expire()
    while (all.size > max || characters > max * EACH) {
      const oldest = oldestOfLargest(groups.values())
      if (oldest === undefined) return
      remove(oldest)
    }
  }
  return {
    put({ id, group, text }) {
      // Cut out of a request, perhaps.
      add({ id: flatCopy(id), group: flatCopy(group), text, until: now() + maxAge })
      const [, second, ...more] = named.get(id) ?? []
      if (second !== undefined && more.length + 2 > SAME) remove(second)
      makeRoom()
    },
    get(id) {
      expire()
      return (named.get(id) ?? []).map(({ text }) => text)
    },
    latest() {
      expire()
      return [...all].map(({ text }) => text).toReversed()
    },
  }
}

/** As many groups as traces at most, and one step for each. */
function oldestOfLargest(groups: Iterable<Group>): Held | undefined {
  let largest: Group | undefined
  for (const group of groups) if (largest === undefined || group.characters > largest.characters) largest = group
  return largest?.held.values().next().value
}
