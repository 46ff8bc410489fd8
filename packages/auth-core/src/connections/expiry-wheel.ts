import { every } from '../util/timers.js'

/** Tells when things are over, to the second, by one timer for all of them. */
export interface ExpiryWheel<Item> {
  /** @param at - seconds since the epoch */
  add(item: Item, at: number): void
  remove(item: Item, at: number): void
}

// Seconds.
const TICK = 0.5

/**
 * One unref'd timer for all items, which runs while there are any. Each second it looks which seconds have passed, and at the
 * items of those alone: again each second, until they are removed.
 *
 * @param onTick - called with each tick, and with the items that are over by then
 */
export function createExpiryWheel<Item>(
  now: () => number,
  onTick: (over: readonly Item[], time: number) => void,
): ExpiryWheel<Item> {
  const bySecond = new Map<number, Set<Item>>()
  let stop: (() => void) | undefined
  let last = 0

  function tick(): void {
    const time = now()
    // `at` is over from then on: of its second as soon as that has begun.
    const current = Math.floor(time)
    const over =
      current === last ? [] : [...bySecond].filter(([second]) => second <= current).flatMap(([, items]) => [...items])
    last = current
    onTick(over, time)
  }
  return {
    add(item, at) {
      const second = Math.ceil(at)
      const items = bySecond.get(second) ?? new Set()
      bySecond.set(second, items.add(item))
      stop ??= every(TICK, tick)
    },
    remove(item, at) {
      const second = Math.ceil(at)
      const items = bySecond.get(second)
      items?.delete(item)
      if (items?.size === 0) bySecond.delete(second)
      if (bySecond.size > 0) return
      stop?.()
      stop = undefined
    },
  }
}
