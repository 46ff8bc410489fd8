import { verifyAccessToken } from '../access-token/access-token.js'
import type { Requirements } from '../authorization/requirement-types.js'
import { NO_HEADERS } from '../decide.js'
import type { Caller, DecisionPolicy } from '../decide.js'
import { requireBinding, requireScheme } from '../dpop/binding.js'
import { acceptedSchemes } from '../dpop/mode.js'
import { TokenAuthContext } from '../outcome/auth-context.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { TicketContent } from './sealed-ticket.js'

/**
 * Who presents a ticket. Its token is judged again: it may have expired, or been revoked, since the ticket was sold. The
 * proof of the key was shown then (RFC 9449 §4.3), and a ticket is good once, so that none is needed now.
 *
 * @throws {AuthError} `ticket_invalid`, `ticket_unavailable`, and those of the token
 */
export async function callerOfTicket(
  ticket: string,
  request: ResourceRequest,
  wanted: Requirements,
  policy: DecisionPolicy,
): Promise<Caller> {
  const known = policy.callers.get(request.identity)
  // Redeemed by a guard before this one.
  if (known?.ticket === ticket) return known
  const tickets = policy.connections?.tickets
  if (tickets === undefined) throw refusal('ticket_invalid', 'connections.tickets is false')
  if (headerValues(request, 'dpop').length > 0) throw refusal('ticket_invalid', 'presented with a DPoP proof')
  const content = await tickets.redeem(ticket, tickets.placeOf(request), policy.tenant)
  requireScheme(content, acceptedSchemes(policy.mode, wanted.dpopRequired))
  // Bound to a certificate: that is shown with each connection (RFC 8705 §3).
  if (content.certificate !== undefined) await policy.certificates?.check(request, content.certificate)
  const caller = { auth: await authOfTicket(content, policy), headers: NO_HEADERS, ticket }
  policy.callers.set(request.identity, caller)
  return caller
}

/** The caller by the token that bought a ticket. @throws {AuthError} where it is not good any more */
export async function authOfTicket(content: TicketContent, policy: DecisionPolicy): Promise<AuthContext> {
  const { token, scheme, thumbprint, certificate } = content
  const { tenant, onBehalfOf, certificates } = policy
  const verified = await verifyAccessToken({ token, digest: undefined }, policy.token)
  // By the settings of this resource server: it may have been sold by another one.
  const bound = requireBinding(verified.claims, { scheme, hasProof: scheme === 'DPoP', certificates })
  if (bound.thumbprint !== thumbprint || bound.certificate !== certificate)
    throw refusal('ticket_invalid', 'the token is bound to another key than was shown for the ticket')
  return new TokenAuthContext(verified, {
    scheme,
    token,
    thumbprint,
    certificateThumbprint: certificate,
    tenant,
    onBehalfOf,
  })
}
