import { sha256 } from '#crypto'

import { proofOwner } from '../dpop/proof-owner.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { normalizePath } from '../public-url/htu.js'
import type { PublicUrl } from '../public-url/public-url.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { IssuedTicket, TicketUse } from '../resource-server-types.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { createLruMap } from '../util/lru.js'
import { withinOr } from '../util/time-limit.js'
import { openTicket, sealTicket, TICKET, ticketId } from './sealed-ticket.js'
import type { TicketContent } from './sealed-ticket.js'
import type { TicketStore } from './ticket-store.js'

/** Where a ticket is presented: of the public URL, and the `Origin` header. */
export interface TicketPlace {
  readonly path: string
  readonly origin: string | undefined
  /** The origin of the API itself: a page of it sends no `Origin` with some requests (Fetch §3.2). */
  readonly ownOrigin: string | undefined
}

/** Sells tickets to verified callers, and takes them back, once each. */
export interface Tickets {
  /** @throws {AuthError} `credentials_malformed` for a path or an origin that is none; `ticket_unavailable` */
  issue(auth: AuthContext, use: TicketUse): Promise<IssuedTicket>
  /** @throws {AuthError} `ticket_invalid`, `ticket_unavailable` */
  redeem(ticket: string, place: TicketPlace, tenant: string | undefined): Promise<TicketContent>
  placeOf(request: ResourceRequest): TicketPlace
}

export interface TicketsPolicy {
  readonly store: TicketStore
  /** Seconds. */
  readonly lifetime: number
  readonly now: () => number
  readonly urlOf: (request: ResourceRequest) => PublicUrl
}

// Characters.
const LONGEST = 2048
// Seconds.
const TIMEOUT = 2
const LATE = Symbol('late')
// Tickets that one caller may have sold to it in the time that a ticket lives: one caller must not fill the store.
const MOST_OF_ONE = 100

export function createTickets({ store, lifetime, now, urlOf }: TicketsPolicy): Tickets {
  const sold = createLruMap<{ since: number; count: number }>(5000)

  /** Counted from the first of them. */
  async function countSale(auth: AuthContext): Promise<void> {
    // Hashed: an issuer's names may be as long as a token.
    const owner = await sha256(proofOwner(auth))
    const before = sold.get(owner)
    const current = before !== undefined && now() < before.since + lifetime ? before : { since: now(), count: 0 }
    if (current.count >= MOST_OF_ONE) throw unavailable(`${MOST_OF_ONE} tickets of one caller in ${lifetime} s`)
    sold.set(owner, { since: current.since, count: current.count + 1 })
  }

  return {
    async issue(auth, use) {
      const { path, origin } = readUse(use)
      await countSale(auth)
      const { token, scheme, thumbprint, certificateThumbprint: certificate, tenant } = auth
      const until = now() + lifetime
      const content = { token, scheme, thumbprint, certificate, tenant, path, origin, until }
      const { ticket, id, sealed } = await sealTicket(content)
      await asked(() => store.put(id, sealed, lifetime))
      return { ticket, expires_in: lifetime }
    },
    async redeem(ticket, place, tenant) {
      if (!TICKET.test(ticket)) throw invalid('not a ticket')
      // Gone with the first attempt, whatever comes of it.
      const id = await ticketId(ticket)
      const sealed = await asked(() => store.take(id))
      const content = typeof sealed === 'string' ? await openTicket(ticket, sealed) : undefined
      if (content === undefined) throw invalid('not sold here, used, or too old')
      if (now() >= content.until) throw invalid(`older than ${lifetime} s`)
      if (content.tenant !== tenant) throw invalid('sold for another tenant')
      if (content.path !== place.path)
        throw invalid(`sold for ${printable(content.path, 100)}, used for ${printable(place.path, 100)}`)
      if (!isSameOrigin(content.origin, place)) throw invalid('sold to another origin')
      return content
    },
    placeOf(request) {
      const { url } = urlOf(request)
      const origins = headerValues(request, 'origin')
      return {
        path: url.path,
        origin: origins.length > 0 ? origins.join(', ') : undefined,
        ownOrigin: `${url.scheme}://${url.authority}`,
      }
    },
  }
}

/** A page that opens a stream of its own origin sends no `Origin` (Fetch §3.2); whoever buys by POST does. */
function isSameOrigin(sold: string | undefined, { origin, ownOrigin }: TicketPlace): boolean {
  return origin === sold || (origin === undefined && sold === ownOrigin)
}

/** What the client says: text of its own, so no mistake of the application's. */
function readUse(use: TicketUse): TicketUse {
  const { path, origin }: { readonly path: unknown; readonly origin: unknown } = use
  const normal =
    typeof path === 'string' && path.length <= LONGEST && path.startsWith('/') ? normalizePath(path) : undefined
  if (normal === undefined)
    throw refusal('credentials_malformed', 'the ticket is for no path: want one such as /ws, without query')
  if (origin !== undefined && (typeof origin !== 'string' || origin.length > LONGEST))
    throw refusal('credentials_malformed', 'the Origin of whoever buys a ticket is no text')
  return { path: normal, origin }
}

/** Asks the store, which may be far away. */
async function asked<Answer>(ask: () => MaybePromise<Answer>): Promise<Answer> {
  try {
    const answer = ask()
    const settled = isPending(answer) ? await withinOr(answer, TIMEOUT, LATE) : answer
    if (settled === LATE) throw unavailable(`no answer within ${TIMEOUT} s`)
    return settled
  } catch (error) {
    throw isAuthError(error) ? error : unavailable(tell(error))
  }
}

function unavailable(detail: string): AuthError {
  return refusal('ticket_unavailable', `tickets: ${printable(detail, 200)}`, { retryAfter: 1 })
}

function invalid(detail: string): AuthError {
  return refusal('ticket_invalid', detail)
}
