import type { DecisionEvent } from '@acme/auth-core'

import { bounded } from './counts.js'
import type { Counts, Room } from './counts.js'

const MOST_ROUTES = 100
// Tenants, routes and reasons multiply. OpenTelemetry folds all beyond 2,000 sets of attributes into one.
const MOST_CELLS = 800

/** Counts decisions: by tenant where these are listed, and by route where that is wanted. */
export function decisionCounter(
  counts: Counts,
  tenants: readonly string[] | undefined,
  routes: boolean,
): (event: DecisionEvent) => void {
  const tenantOf = bounded(tenants, 0)
  const routeOf = bounded(undefined, MOST_ROUTES)
  const room: Room = { left: MOST_CELLS }
  const isPlain = tenants === undefined && !routes
  const accepted = counts.with('acme.auth.outcome', 'accepted')
  const acceptedDpop = accepted.with('acme.auth.scheme', 'DPoP')
  const acceptedBearer = accepted.with('acme.auth.scheme', 'Bearer')

  function cellOf({ outcome, reason, scheme, status, tenant, route }: DecisionEvent): Counts {
    const cell = counts
      .with('acme.auth.outcome', outcome)
      .with('acme.auth.reason', reason)
      .with('acme.auth.scheme', scheme)
      .with('http.response.status_code', status)
    if (isPlain) return cell
    return cell
      .with('acme.auth.tenant', tenants && tenantOf(tenant), room)
      .with('http.route', routes ? routeOf(route) : undefined, room)
  }

  return (event) => {
    // Most decisions are of these two cells: looking them up would take as long as all else that telemetry does.
    if (isPlain && event.outcome === 'accepted') (event.scheme === 'DPoP' ? acceptedDpop : acceptedBearer).add()
    else cellOf(event).add()
  }
}
