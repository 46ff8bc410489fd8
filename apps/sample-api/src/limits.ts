import { createHash } from 'node:crypto'

import type { AuthContext } from '@acme/auth-core'

import type { SharedCounter } from './shared-counter.js'

/** How often one subject may ask: the same for each framework's own plugin. */
export interface LimitSettings {
  /** Requests in one window. */
  readonly limit: number
  /** Seconds. */
  readonly window: number
  /** What all replicas count in; undefined when this process counts by itself. */
  readonly counter?: SharedCounter | undefined
}

/**
 * Whose budget a request spends: that of its issuer and subject together, since a subject is unique within its issuer
 * only (RFC 9068 §2.2, RFC 7519 §4.1.2). A token without a subject counts for its client. JSON keeps the parts apart
 * whatever they hold, and the hash has one length for all of them.
 */
export function limitKey({ issuer, subject, clientId }: Pick<AuthContext, 'issuer' | 'subject' | 'clientId'>): string {
  const owner = subject === undefined ? ['client', clientId ?? null] : ['subject', subject]
  return createHash('sha256')
    .update(JSON.stringify([issuer, ...owner]))
    .digest('base64url')
}

/** A request that may be sent again later: its subject asked too often, or nobody can count. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly status: 429 | 503
  /** Seconds. */
  readonly retryAfter: number

  constructor(status: 429 | 503, retryAfter: number, options?: ErrorOptions) {
    super(status === 429 ? 'too many requests' : 'requests cannot be counted', options)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** @param millisecondsLeft - until the window ends */
export function tooManyRequests(millisecondsLeft: number): RetryLater {
  // RFC 9110 §10.2.3: whole seconds. One at least, or clients would ask again at once.
  return new RetryLater(429, Math.max(1, Math.ceil(millisecondsLeft / 1000)))
}
