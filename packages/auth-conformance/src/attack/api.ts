import type { ContractIssuer } from '../contract/client.js'
import type { ContractFixture } from '../contract/fixture.js'
import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import type { AttackTarget } from './target.js'

/** The API under attack: how it is reached, and what is known of it. What is not known yet is found out by `probe`. */
export interface AttackedApi {
  readonly target: AttackTarget
  readonly method: string
  /** Of every request, besides those of the case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly fixture: ContractFixture
  /** Whose tokens it accepts. */
  readonly issuer: ContractIssuer
  /** Whether tokens can be made at will: the issuer's key is at hand. */
  readonly mints: boolean
  /** Claims of every good token. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Sends at the pace that was asked for. @throws when the connection breaks, or too much was sent */
  readonly send: (request: RawRequest) => Promise<RawResponse>
  /** What the route requires; none when that is not known. */
  scopes: readonly string[]
  mode: 'allowed' | 'required' | 'disabled'
  /** Why no DPoP cases run, where none do. */
  withoutDpop: string
  /** Why no Bearer cases run, where none do. */
  withoutBearer: string
  demandsNonces: boolean
  /** The last that it handed out. */
  nonce: string | undefined
}
