import { verifyAccessToken } from '../access-token/access-token.js'
import type { Requirements } from '../authorization/requirement-types.js'
import { unmetRequirement } from '../authorization/unmet-requirement.js'
import type { DecisionPolicy } from '../decide.js'
import { requireBinding, requireScheme } from '../dpop/binding.js'
import { acceptedSchemes } from '../dpop/mode.js'
import { TokenAuthContext } from '../outcome/auth-context.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { RenewalCredentials } from './connection-types.js'
import { authOfTicket } from './ticket-caller.js'
import type { TicketPlace } from './tickets.js'

/** What of a handshake later judgements need. */
export interface Opened {
  readonly policy: DecisionPolicy
  /** What the guards of the route asked for, all of them. */
  readonly wanted: readonly Requirements[]
  /** Undefined where there are no tickets. */
  readonly place: TicketPlace | undefined
  readonly route: string | undefined
}

/**
 * Who is connected by newer credentials: the same issuer, subject, client, actor, key and certificate, judged by all that the
 * guards of the route ask for.
 *
 * @throws {AuthError} as for a request, and `renewal_mismatch`, `ticket_invalid`
 */
export async function renewedCaller(
  credentials: RenewalCredentials,
  before: AuthContext,
  opened: Opened,
): Promise<AuthContext> {
  const auth = await callerOf(credentials, opened)
  const other = NAMES.find((name) => auth[name] !== before[name])
  if (other !== undefined) throw refusal('renewal_mismatch', `another ${other} than the connection's`)
  if (JSON.stringify(auth.actor) !== JSON.stringify(before.actor))
    throw refusal('renewal_mismatch', "another actor than the connection's")
  for (const wanted of opened.wanted) await requireMet(auth, wanted, opened)
  return auth
}

const NAMES = ['issuer', 'subject', 'clientId', 'tenant', 'thumbprint', 'certificateThumbprint'] as const

async function callerOf(
  { token, ticket }: RenewalCredentials,
  { policy, place, wanted }: Opened,
): Promise<AuthContext> {
  const accepted = acceptedSchemes(
    policy.mode,
    wanted.some(({ dpopRequired }) => dpopRequired),
  )
  if (typeof ticket === 'string' && token === undefined) {
    const tickets = policy.connections?.tickets
    if (tickets === undefined || place === undefined) throw refusal('ticket_invalid', 'there are no tickets')
    const content = await tickets.redeem(ticket, place, policy.tenant)
    requireScheme(content, accepted)
    return authOfTicket(content, policy)
  }
  if (typeof token !== 'string' || ticket !== undefined)
    throw refusal('credentials_malformed', 'want token or ticket, as text')
  const scheme = 'Bearer'
  requireScheme({ scheme, token }, accepted)
  const verified = await verifyAccessToken({ token, digest: undefined }, policy.token)
  const { certificates, tenant, onBehalfOf } = policy
  const { thumbprint, certificate } = requireBinding(verified.claims, { scheme, hasProof: false, certificates })
  return new TokenAuthContext(verified, {
    scheme,
    token,
    thumbprint,
    certificateThumbprint: certificate,
    tenant,
    onBehalfOf,
  })
}

/** @throws {AuthError} for what a caller does not meet */
export async function requireMet(auth: AuthContext, wanted: Requirements, opened: Opened): Promise<void> {
  const { token, grantedScopes } = opened.policy
  const { now, clockTolerance } = token
  const judging = { now: now(), clockTolerance, request: requestOf(opened), grantedScopes }
  const unmet = await unmetRequirement(auth, wanted, judging)
  if (unmet !== undefined) throw unmet
}

/** For functions of the application: the request itself is over, and keeping it would keep its socket's buffers. */
export function requestOf({ place, route }: Opened): ResourceRequest {
  return {
    method: 'GET',
    target: place?.path ?? '/',
    rawHeaders: [],
    scheme: 'https',
    peer: undefined,
    trustedHops: () => 0,
    identity: {},
    route,
  }
}
