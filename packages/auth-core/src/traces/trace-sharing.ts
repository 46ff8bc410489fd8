import { isPending } from '../util/maybe-promise.js'
import { createRateLimit } from './rate-limit.js'
import type { TraceStore } from './trace-types.js'

// Traces that a store has not answered to. Others are kept by this process alone.
const MOST_PENDING = 100
// Of a kind, within a second: a flood of refusals must not become one of writes, to a store that may hold used proofs too.
const MOST_A_SECOND = 50

/** Whatever becomes of it, nobody waits for it. */
export function sharing(
  store: TraceStore,
  { maxAge, now }: { readonly maxAge: number; readonly now: () => number },
): (id: string, text: string, kind: string) => void {
  const mayShare = createRateLimit(MOST_A_SECOND, now)
  let waiting = 0
  return (id, text, kind) => {
    if (waiting >= MOST_PENDING || !mayShare(kind)) return
    const put = store.put(id, text, maxAge, kind)
    if (!isPending(put)) return
    waiting++
    const done = (): void => void waiting--
    put.then(done, done)
  }
}
