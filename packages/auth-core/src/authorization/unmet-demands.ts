import type { AuthContext } from '../outcome/auth-context.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { Demand, Judging, Unmet } from './demand.js'

/**
 * All that is not met of some demands, so that one challenge names it. Those that ask somebody else come last, and only
 * when the others are met.
 */
export function unmetDemands(
  demands: readonly Demand[],
  auth: AuthContext,
  judging: Judging,
): MaybePromise<readonly Unmet[]> {
  const found: Unmet[] = []
  let index = 0
  for (const demand of demands) {
    index++
    if (found.length > 0 && demand.asks === true) continue
    const unmet = demand.unmet(auth, judging)
    if (isPending(unmet)) return continued(found, unmet, demands.slice(index), auth, judging)
    found.push(...unmet)
  }
  return found
}

async function continued(
  found: readonly Unmet[],
  pending: PromiseLike<readonly Unmet[]>,
  rest: readonly Demand[],
  auth: AuthContext,
  judging: Judging,
): Promise<readonly Unmet[]> {
  const soFar = [...found, ...(await pending)]
  const others = rest.filter(({ asks }) => asks !== true || soFar.length === 0)
  return [...soFar, ...(await unmetDemands(others, auth, judging))]
}
