/** Questions under way: one for all who ask the same (single flight), and so many at most. */
export interface Flights<Result> {
  /** The question of that key under way, or a new one; undefined when there are too many. */
  join(key: string, begin: () => Promise<Result>): Promise<Result> | undefined
}

interface Flight<Result> {
  readonly answer: Promise<Result>
  /** Milliseconds of the monotonic clock. */
  readonly begunAt: number
}

/**
 * @param most - how many at once: anybody can send tokens that were never issued, each of which is a question
 * @param timeout - seconds after which one counts as lost: some runtimes end a fetch with the request that began it, and its
 * promise never settles
 */
export function createFlights<Result>(most: number, timeout: number): Flights<Result> {
  const underway = new Map<string, Flight<Result>>()

  function dropLost(): void {
    const before = performance.now() - timeout * 1000
    for (const [key, { begunAt }] of underway) if (begunAt < before) underway.delete(key)
  }

  return {
    join(key, begin) {
      dropLost()
      const joined = underway.get(key)
      if (joined !== undefined) return joined.answer
      if (underway.size >= most) return undefined
      const flight = { answer: begin(), begunAt: performance.now() }
      underway.set(key, flight)
      const end = (): void => {
        if (underway.get(key) === flight) underway.delete(key)
      }
      flight.answer.then(end, end)
      return flight.answer
    },
  }
}
