import type { RequestHandler } from 'express'

/** What an API is told about the issuer it trusts. */
export interface PeerSettings {
  /** Ends with a slash. */
  readonly issuer: string
  readonly audience: string
}

/** How a product guards routes. */
export interface PeerGuards {
  /** Any valid token. */
  readonly authenticated: RequestHandler
  /** A token that has this scope; comes after `authenticated`. */
  readonly withScope: (scope: string) => RequestHandler
  /** The subject that the guards found. */
  readonly subjectOf: (request: Parameters<RequestHandler>[0]) => unknown
}

/** Makes the guards of a product. */
export type CreateGuards = (settings: PeerSettings) => PeerGuards
