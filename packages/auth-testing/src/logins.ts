import { rejectUnknown } from './unknown-options.js'

/** Who logs in at the authorization endpoint, and how. */
export interface TestLogin {
  /** Default `'user-1'`. */
  subject?: string
  /** Default: the first of the `acr_values` that the client asks for; none when it asks for none. */
  acr?: string
  amr?: readonly string[]
  /** Seconds since the epoch, whatever `max_age` asks for. Default: now, at each authorization. */
  authTime?: number
  /** Merged over the claims of access tokens and ID tokens. */
  claims?: Readonly<Record<string, unknown>>
  /** Merged over the claims of ID tokens alone: a wrong `iss`, `aud` or `nonce` is a lie to the client. */
  idTokenClaims?: Readonly<Record<string, unknown>>
}

/** How an authorization is refused (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
export interface TestRefusal {
  error: string
  description?: string
}

const NAMES = ['subject', 'acr', 'amr', 'authTime', 'claims', 'idTokenClaims']

/** What the user does when asked to log in. */
export class Logins {
  current: TestLogin | TestRefusal = {}

  login(login: TestLogin): void {
    rejectUnknown('login', login, NAMES)
    this.current = login
  }

  refuse(error: string, description: string | undefined): void {
    this.current = { error, ...(description !== undefined && { description }) }
  }
}

/** A login that took place. */
export interface Login {
  readonly subject: string
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  readonly authTime?: number | undefined
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  readonly idTokenClaims?: Readonly<Record<string, unknown>> | undefined
}
