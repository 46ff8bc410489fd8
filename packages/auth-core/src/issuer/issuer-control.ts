import { isAuthError } from '../outcome/errors.js'
import { rejectWithErrors } from '../outcome/fault.js'
import type { ResourceServer } from '../resource-server-types.js'
import { configurationError, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import type { AccessTokenPolicy } from '../access-token/access-token.js'
import type { IssuerStatus } from './key-set-types.js'
import type { IssuerKeys, Readiness, TrustedIssuers } from './trusted-issuers-types.js'

/** Options of `resourceServer.ready()`. */
export interface ReadyOptions {
  /** Whether `all` configured issuers must have usable keys, or `any` one of them. @defaultValue 'all' */
  readonly issuers?: 'all' | 'any'
}

/** Options of `resourceServer.invalidate()`. */
export interface InvalidateOptions {
  /**
   * Discards fetched keys at once, for a key that was compromised: a thief who can block the fetch would otherwise keep
   * the stale key in use. Until the next fetch succeeds, tokens of the issuer are answered with 503. Configured keys
   * (`jwks`) stay.
   *
   * @defaultValue false
   */
  readonly drop?: boolean
}

/** The operator's methods of a resource server. */
export function issuerControl(
  issuers: TrustedIssuers,
  { opaque, revocation }: Pick<AccessTokenPolicy, 'opaque' | 'revocation'>,
): Pick<ResourceServer, 'preload' | 'ready' | 'issuerStatus' | 'invalidate'> {
  return {
    preload: () =>
      rejectWithErrors(async () => {
        const keys = issuers.configured().map(({ keySet }) => keySet.preload())
        await Promise.all([...keys, revocation?.preload()])
      }),
    ready: (options = {}) =>
      rejectWithErrors(async () => {
        const { ready, issuers: states } = await readinessOf(issuers.configured(), neededIssuers(options))
        const sources = revocation?.states() ?? []
        return {
          ready: ready && sources.every(({ state, onFailure }) => state === 'up' || onFailure === 'open'),
          issuers: states,
          ...(opaque?.state !== undefined && { opaqueTokens: opaque.state() }),
          ...(revocation !== undefined && { revocation: sources }),
        }
      }),
    issuerStatus: () => issuers.known(undefined).map(({ keySet }) => keySet.status()),
    invalidate(issuer, options = {}) {
      // `invalidate({ drop: true })` must throw: treated as an unknown issuer, it would silently leave a stolen key in
      // use.
      if (issuer !== undefined && typeof issuer !== 'string') {
        throw configurationError('issuer', issuer, "an issuer's URL, or undefined for all")
      }
      const drop = isDropped(options)
      const selected = issuers.known(issuer)
      issuers.forget(issuer)
      for (const { keySet } of selected) keySet.invalidate(drop)
      return selected.length > 0
    },
  }
}

/** Refreshes keys where due. Ready if all issuers, or any, have usable keys. */
async function readinessOf(configured: readonly IssuerKeys[], need: 'all' | 'any'): Promise<Readiness> {
  const issuers = await Promise.all(configured.map(refreshed))
  const serves = ({ state }: (typeof issuers)[number]): boolean => state === 'fresh' || state === 'stale'
  const ready = need === 'any' && issuers.length > 0 ? issuers.some(serves) : issuers.every(serves)
  return { ready, issuers }
}

/** Fetches the keys of an issuer if necessary. A failure shows in the state. */
async function refreshed({ keySet }: IssuerKeys): Promise<Pick<IssuerStatus, 'issuer' | 'state'>> {
  try {
    await keySet.preload()
  } catch (error) {
    if (!isAuthError(error)) throw error
  }
  const { issuer, state } = keySet.status()
  return { issuer, state }
}

function neededIssuers(options: ReadyOptions): 'all' | 'any' {
  requireObject('options', options, "an object such as { issuers: 'any' }")
  rejectUnknownNames('options', options, ['issuers'])
  const { issuers = 'all' } = options
  if (issuers !== 'all' && issuers !== 'any') throw configurationError('issuers', issuers, "'all' or 'any'")
  return issuers
}

function isDropped(options: InvalidateOptions): boolean {
  requireObject('options', options, 'an object such as { drop: true }')
  rejectUnknownNames('options', options, ['drop'])
  // No default by `=`: `{ drop: undefined }` is a mistake, and must not silently keep the keys.
  const drop: unknown = Object.hasOwn(options, 'drop') ? options.drop : false
  if (typeof drop !== 'boolean') throw configurationError('drop', drop, 'true or false')
  return drop
}
