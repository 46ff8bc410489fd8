import { accepted, refused } from './expectation.js'
import type { Expectation } from './expectation.js'
import type { Sender } from './senders.js'
import type { Deployment } from './deployments.js'
import type { Wallet } from './tokens.js'

/** One line of the matrix. */
export interface Row {
  /** Method and path. */
  readonly request: string
  /** What is sent with it. */
  readonly title: string
  readonly send: Sender
  readonly expected: Expectation
  /** The settings of the servers. Default: usual. */
  readonly on?: Deployment
  /** Done once, before the row is sent to any server. */
  readonly before?: (wallet: Wallet) => Promise<void>
  /** Done once, after it was sent to all of them. */
  readonly after?: (wallet: Wallet) => Promise<void>
}

export function row(request: string, title: string, send: Sender, expected: Expectation): Row {
  return { request, title, send, expected }
}

export const PRIVATE = 'GET /api/private'
export const MESSAGES = 'GET /api/messages'
export const DELETE = 'DELETE /api/resource/1'
export const ADMIN = 'GET /api/admin'
export const LIMITED = 'GET /api/limited'
export const NEXT_API = 'GET /api/next'
export const SOCKET = 'GET /ws'
export const EVENTS = 'GET /events'
export const SIGNALS = 'POST /security-events'
export const OPTIONAL = 'GET /api/optional'

export const reader: Expectation = accepted({ sub: 'reader@clients', scheme: 'Bearer' })
export const boundReader: Expectation = accepted({ sub: 'reader@clients', scheme: 'DPoP' })
export const invalidToken: Expectation = refused(401, 'invalid_token', 'Bearer')
export const invalidProof: Expectation = refused(400, 'invalid_dpop_proof', 'DPoP')
export const invalidRequest: Expectation = refused(400, 'invalid_request', 'Bearer')
export const lacksDelete: Expectation = refused(403, 'insufficient_scope', 'Bearer', 'delete:data admin:access')
export const lacksMessages: Expectation = refused(403, 'insufficient_scope', 'Bearer', 'read:messages')
