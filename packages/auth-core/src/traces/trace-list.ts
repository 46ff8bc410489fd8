/** Traces of this process, as text. */
export interface TraceList {
  put(id: string, text: string): void
  get(id: string): string | undefined
  /** The latest first. */
  latest(): readonly string[]
}

interface Held {
  readonly text: string
  /** Seconds of the clock of the resource server. */
  readonly until: number
}

// Characters for each that there may be. Anybody can be refused: of larger traces fewer are kept.
const EACH = 8 * 1024

/**
 * Bounded in entries and in characters: the newest push out the oldest, whosever they are, since anybody can be refused, and
 * choose the name of a request. Text takes less memory than what it is parsed to, and holds on to no token that it was cut
 * out of.
 */
export function createTraceList(bounds: {
  readonly max: number
  /** Seconds. */
  readonly maxAge: number
  readonly now: () => number
}): TraceList {
  const { max, maxAge, now } = bounds
  // In the order in which they were put.
  const held = new Map<string, Held>()
  let characters = 0

  function remove(id: string): void {
    characters -= held.get(id)?.text.length ?? 0
    held.delete(id)
  }
  function makeRoom(): void {
    for (const [id, { until }] of held) {
      if (held.size <= max && characters <= max * EACH && until > now()) return
      remove(id)
    }
  }
  return {
    put(id, text) {
      remove(id)
      held.set(id, { text, until: now() + maxAge })
      characters += text.length
      makeRoom()
    },
    get(id) {
      makeRoom()
      return held.get(id)?.text
    },
    latest() {
      makeRoom()
      return [...held.values()].map(({ text }) => text).toReversed()
    },
  }
}
