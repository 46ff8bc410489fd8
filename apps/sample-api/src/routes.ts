import { describeRequirements, optional, requirements } from '@acme/auth-core'
import type { RequirementOptions } from '@acme/auth-core'

type Policy = 'anyToken' | 'messages' | 'resource' | 'admin' | 'transfer' | 'payments' | 'machines' | 'traces'

/** The type of authorization details (RFC 9396 §2) that a payment wants. */
export const PAYMENT = 'payment_initiation'

/** What protects the routes, once: the guards take it from here, and so does whatever tells of it. */
export const policies: Readonly<Record<Policy, RequirementOptions>> = {
  anyToken: {},
  messages: { scopes: ['read:messages'] },
  resource: { scopes: ['delete:data', 'admin:access'] },
  admin: { permissions: ['admin:access'] },
  // RFC 9470: a strong login, and a recent one.
  transfer: { acr: ['urn:example:mfa'], maxAge: 300 },
  payments: { authorizationDetails: PAYMENT },
  // Other services, which act for themselves.
  machines: { clientCredentials: true },
  // Operators: a trace tells what this API accepts.
  traces: { scopes: ['read:traces'] },
}

type OpenRoute = 'home' | 'health' | 'info' | 'tokenStructure' | 'data' | 'openApi' | 'docs' | 'signals' | 'metrics'

/** Why routes are open, once as well. */
export const reasons: Readonly<Record<OpenRoute, string>> = {
  home: 'the list of routes',
  health: 'health checks',
  info: 'what this API is',
  tokenStructure: 'documentation',
  data: 'data for everybody',
  openApi: 'the OpenAPI document',
  docs: 'Swagger UI',
  signals: 'security events prove themselves by their signature',
  metrics: 'metrics, which hold nobody’s data',
}

/** What a route demands of a caller: nothing, with the reason; a token if there is one; or a token that meets requirements. */
export type RouteNeeds = { readonly open: string } | 'optional' | RequirementOptions

export interface SampleRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly needs: RouteNeeds
}

/** What the four sample APIs agree on: the banner prints it, and the suite holds each API to it. */
export const routes: readonly SampleRoute[] = [
  { method: 'GET', path: '/', needs: { open: reasons.home } },
  { method: 'GET', path: '/health', needs: { open: reasons.health } },
  { method: 'GET', path: '/public/info', needs: { open: reasons.info } },
  { method: 'GET', path: '/demo/token-structure', needs: { open: reasons.tokenStructure } },
  { method: 'GET', path: '/openapi.json', needs: { open: reasons.openApi } },
  { method: 'GET', path: '/docs', needs: { open: reasons.docs } },
  { method: 'GET', path: '/docs/:file', needs: { open: reasons.docs } },
  { method: 'GET', path: '/api/public', needs: { open: reasons.data } },
  { method: 'GET', path: '/api/optional', needs: 'optional' },
  { method: 'GET', path: '/api/private', needs: policies.anyToken },
  { method: 'POST', path: '/api/private', needs: policies.anyToken },
  { method: 'GET', path: '/api/profile', needs: policies.anyToken },
  { method: 'GET', path: '/api/messages', needs: policies.messages },
  { method: 'DELETE', path: '/api/resource/:id', needs: policies.resource },
  { method: 'GET', path: '/api/admin', needs: policies.admin },
  { method: 'GET', path: '/api/limited', needs: policies.anyToken },
  { method: 'POST', path: '/api/transfer', needs: policies.transfer },
  { method: 'GET', path: '/api/payments', needs: policies.payments },
  { method: 'GET', path: '/api/next', needs: policies.messages },
  { method: 'POST', path: '/api/tickets', needs: policies.anyToken },
  { method: 'POST', path: '/api/logout-everywhere', needs: policies.anyToken },
  // Without a handshake: 426.
  { method: 'GET', path: '/ws', needs: policies.messages },
  { method: 'GET', path: '/events', needs: policies.messages },
  { method: 'POST', path: '/security-events', needs: { open: reasons.signals } },
  { method: 'GET', path: '/metrics', needs: { open: reasons.metrics } },
  { method: 'POST', path: '/internal/process', needs: policies.machines },
  // Why a request was refused, by its correlation id.
  { method: 'GET', path: '/internal/traces/:id', needs: policies.traces },
  // And of each tool what it needs: see mcp.ts.
  { method: 'POST', path: '/mcp', needs: policies.anyToken },
  // To be told that POST alone is answered.
  { method: 'GET', path: '/mcp', needs: policies.anyToken },
  { method: 'DELETE', path: '/mcp', needs: policies.anyToken },
]

export function isOpen(needs: RouteNeeds): needs is { readonly open: string } {
  return typeof needs === 'object' && 'open' in needs
}

/** For people: `scopes delete:data admin:access`. */
export function describeNeeds(needs: RouteNeeds): string {
  if (isOpen(needs)) return 'nothing'
  return describeRequirements(needs === 'optional' ? optional() : requirements(needs))
}
