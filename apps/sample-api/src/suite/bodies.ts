import { explainToken, home, publicApi, publicInfo } from '../answers.js'
import { otherMethod } from '../mcp.js'
import { messages } from '../messages.js'
import type { SampleRoute } from '../routes.js'

/** What the client sent, to expect an answer from. */
export interface Sent {
  readonly scheme: string | undefined
  /** Of the access token, as they are in its text. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A body, what to make it from, or of a refusal what is stable. */
export type ExpectedBody =
  | Readonly<Record<string, unknown>>
  | { readonly refusal: { readonly error: string; readonly code: string } }
  | ((sent: Sent) => unknown)

/** `{ sub, scheme, issuer, scopes }` */
export const callerBody: (sent: Sent) => unknown = ({ scheme, claims }) => ({
  sub: claims['sub'],
  scheme,
  issuer: claims['iss'],
  scopes: typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [],
})

const bodies: Readonly<Record<string, ExpectedBody>> = {
  'GET /': { ...home() },
  'GET /health': { status: 'ok' },
  'GET /public/info': publicInfo(),
  'GET /demo/token-structure': { ...explainToken() },
  'GET /api/public': publicApi(),
  'GET /api/optional': ({ claims }) => ({ sub: claims['sub'] ?? null }),
  'GET /api/private': callerBody,
  'POST /api/private': callerBody,
  'GET /api/profile': ({ claims }) => claims,
  'GET /api/messages': { messages },
  'DELETE /api/resource/:id': { deleted: '42' },
  'GET /api/admin': ({ claims }) => ({ sub: claims['sub'], permissions: claims['permissions'] }),
  'GET /api/limited': callerBody,
  'POST /api/transfer': ({ claims }) => ({ transferred: true, sub: claims['sub'] }),
  'GET /api/payments': ({ claims }) => ({ payments: claims['authorization_details'] }),
  'GET /api/next': { error: 'not_configured' },
  'POST /api/tickets': { error: 'invalid_request', code: 'VAL_2001' },
  'POST /api/logout-everywhere': ({ claims }) => ({ loggedOut: claims['sub'] }),
  'POST /security-events': { error: 'not_configured' },
  'GET /metrics': { error: 'not_configured' },
  'POST /internal/process': ({ claims }) => ({ processed: true, client: claims['client_id'] }),
  // No request had that name.
  'GET /internal/traces/:id': { error: 'not_found' },
  'GET /mcp': otherMethod.body,
  'DELETE /mcp': otherMethod.body,
  'POST /mcp': { jsonrpc: '2.0', id: 1, result: {} },
}

/** What is posted, where it matters. */
export function contentOf({ method, path }: SampleRoute): string | undefined {
  return `${method} ${path}` === 'POST /mcp' ? JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) : undefined
}

/** Where the environment of the suite configures nothing. */
const NOT_CONFIGURED = ['/api/next', '/security-events', '/metrics']

/** What a route answers to who may call it. */
export function statusOf({ method, path }: SampleRoute): number {
  if (NOT_CONFIGURED.includes(path)) return 501
  if (path === '/internal/traces/:id') return 404
  // It names no path.
  if (path === '/api/tickets') return 400
  return path === '/mcp' && method !== 'POST' ? otherMethod.status : 200
}

export function bodyOf({ method, path }: SampleRoute): ExpectedBody {
  const body = bodies[`${method} ${path}`]
  if (body === undefined) throw new Error(`no body is expected of ${method} ${path}`)
  return body
}
