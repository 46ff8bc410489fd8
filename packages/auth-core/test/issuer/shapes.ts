import type { VerifiedAccessToken } from '../../src/access-token/verified-access-token.js'
import type { IssuerOptions } from '../../src/issuer/issuer-options.js'
import { cloudShapes } from './shapes-cloud.js'
import { hostedShapes } from './shapes-hosted.js'
import { serverShapes } from './shapes-server.js'

/** Claims by name; undefined removes one. */
export type Claims = Readonly<Record<string, unknown>>

/** What a handler gets of a token. */
export type Read = Pick<VerifiedAccessToken, 'clientId' | 'scopes' | 'roles' | 'permissions' | 'clientCredentials'>

/** A token as its issuer documents it. The guide "Issuers" lists these. */
export interface Shape {
  readonly name: string
  /** Where it is documented. */
  readonly source: string
  readonly iss: string
  /** The options of the issuer: `issuer` is `iss` unless it is given. */
  readonly options: IssuerOptions
  readonly typ: string | undefined
  /** @defaultValue 'ES256', whatever the issuer uses: the default algorithms hold it too */
  readonly algorithm?: 'ES256' | 'ES384'
  /** All but `iss` and times, which each has. */
  readonly claims: Claims
  readonly read: Partial<Read>
  /** What is refused beside it: claims that differ, by what that makes of the token. */
  readonly refused: Readonly<Record<string, Claims>>
}

/** Every shape that is accepted. */
export const shapes: readonly Shape[] = [...hostedShapes, ...serverShapes, ...cloudShapes]
