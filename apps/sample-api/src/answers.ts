import type { AuthContext } from '@acme/auth-core'

import { messages } from './messages.js'
import type { Message } from './messages.js'
import { describeNeeds, PAYMENT, routes } from './routes.js'
import { tokenStructure } from './token-structure.js'

/** The bodies that the sample APIs answer with: the same on each framework. */

export interface Link {
  readonly href: string
  readonly method: string
  readonly needs: string
}

export function home(): { name: string; links: Link[] } {
  const links = routes.map(({ method, path, needs }) => ({ href: path, method, needs: describeNeeds(needs) }))
  return { name: 'Sample API', links }
}

export function health(): { status: 'ok' } {
  return { status: 'ok' }
}

export function publicInfo(): { name: string; description: string } {
  return {
    name: 'Sample API',
    description: 'Accepts access tokens as Bearer (RFC 6750) and DPoP-bound (RFC 9449) tokens',
  }
}

export function publicApi(): { message: string } {
  return { message: 'No access token is needed here' }
}

export function explainToken(): typeof tokenStructure {
  return tokenStructure
}

export interface Caller {
  readonly sub: string | null
  readonly scheme: string
  readonly issuer: string
  readonly scopes: readonly string[]
  /** Where there are several. */
  readonly tenant?: string
}

export function caller({ subject, scheme, issuer, scopes, tenant }: AuthContext): Caller {
  return { sub: subject ?? null, scheme, issuer, scopes, ...(tenant !== undefined && { tenant }) }
}

export function profile({ claims }: AuthContext): AuthContext['claims'] {
  return claims
}

export function optionalCaller(auth: AuthContext | null): { sub: string | null } {
  return { sub: auth?.subject ?? null }
}

export function allMessages(): { messages: readonly Message[] } {
  return { messages }
}

export function deleted(id: string): { deleted: string } {
  return { deleted: id }
}

export function admin({ subject, permissions }: AuthContext): { sub: string | null; permissions: readonly string[] } {
  return { sub: subject ?? null, permissions }
}

export function processed({ clientId }: AuthContext): { processed: true; client: string | null } {
  return { processed: true, client: clientId ?? null }
}

export function transferred({ subject }: AuthContext): { transferred: true; sub: string | null } {
  return { transferred: true, sub: subject ?? null }
}

export function payments(auth: AuthContext): { payments: AuthContext['authorizationDetails'] } {
  return { payments: auth.authorizationDetails.filter(({ type }) => type === PAYMENT) }
}

export function notFound(): { error: 'not_found' } {
  return { error: 'not_found' }
}
