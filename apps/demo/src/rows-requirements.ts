import { accepted, METHOD_NOT_ALLOWED, refused, TOO_MANY_REQUESTS, UNAUTHENTICATED } from './expectation.js'
import { ADMIN, DELETE, invalidToken, lacksDelete, lacksMessages, LIMITED, MESSAGES, OPTIONAL, row } from './row.js'
import type { Row } from './row.js'
import { bearer, often, plain, tampered, withOtherSignature } from './senders.js'

// RFC 9470 §3.
const LOGIN_WANTED = refused(401, 'insufficient_user_authentication', 'Bearer')

/** Valid tokens, and what routes demand beside that. */
export const withRequirements: readonly Row[] = [
  row(MESSAGES, 'has the scope', bearer('reader'), accepted()),
  row(MESSAGES, 'lacks the scope', bearer('nobody'), lacksMessages),
  row(DELETE, 'lacks both scopes', bearer('reader'), lacksDelete),
  row(DELETE, 'has one of two scopes', bearer('writer'), lacksDelete),
  row(DELETE, 'has both scopes', bearer('admin'), accepted()),
  row(ADMIN, 'lacks the permission', bearer('writer'), refused(403, 'insufficient_scope', 'Bearer')),
  row(ADMIN, 'has the permission', bearer('admin'), accepted()),
  row('POST /api/transfer', 'lacks a strong and recent login', bearer('reader'), LOGIN_WANTED),
  row('GET /api/payments', 'lacks the details', bearer('reader'), refused(403, 'insufficient_scope', 'Bearer')),
  row('GET /openapi.json', 'no token', plain(), accepted({ openapi: '3.1.0' })),
  // RFC 9728 §3: how a client finds the issuer.
  row('GET /.well-known/oauth-protected-resource/mcp', 'no token', plain(), accepted()),
  row('POST /mcp', 'no token', plain(), UNAUTHENTICATED),
  row('GET /mcp', 'no token', plain(), UNAUTHENTICATED),
  // Clients ask for a stream, and do without when there is none.
  row('GET /mcp', 'good token', bearer('reader'), METHOD_NOT_ALLOWED),
  row('DELETE /mcp', 'good token', bearer('reader'), METHOD_NOT_ALLOWED),
  row('POST /internal/process', 'client credentials', bearer('nobody'), accepted()),
  row(LIMITED, 'within the limit', bearer('writer'), accepted({ sub: 'writer@clients' })),
  row(LIMITED, 'asked too often', often(6, 'reader'), TOO_MANY_REQUESTS),
  row(LIMITED, 'another subject', bearer('writer'), accepted({ sub: 'writer@clients' })),
  row(OPTIONAL, 'no token', plain(), accepted({ sub: null })),
  row(OPTIONAL, 'good token', bearer('reader'), accepted({ sub: 'reader@clients' })),
  row(OPTIONAL, 'signature changed', tampered('reader', withOtherSignature), invalidToken),
]
