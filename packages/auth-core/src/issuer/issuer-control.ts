import { rejectWithErrors } from '../outcome/fault.js'
import type { ResourceServer } from '../resource-server-types.js'
import { configurationError, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import type { TrustedIssuers } from './trusted-issuers-types.js'

/** When a resource server is ready. */
export interface ReadyOptions {
  /** Whether the keys of all listed issuers must be at hand, or of any one. @defaultValue 'all' */
  readonly issuers?: 'all' | 'any'
}

/** What becomes of keys that are invalidated. */
export interface InvalidateOptions {
  /**
   * Keeps none of the keys that were fetched: for a key that fell into wrong hands, whose thief may keep the issuer from
   * being asked. Until it is, its tokens are answered with 503. Keys that were configured stay. @defaultValue false
   */
  readonly drop?: boolean
}

/** What an operator can do with issuers' keys. */
export function issuerControl(
  issuers: TrustedIssuers,
): Pick<ResourceServer, 'preload' | 'ready' | 'issuerStatus' | 'invalidate'> {
  return {
    preload: () => rejectWithErrors(() => issuers.preload()),
    ready: (options = {}) => rejectWithErrors(async () => issuers.ready(neededIssuers(options))),
    issuerStatus: () => issuers.status(),
    invalidate(issuer, options = {}) {
      // An argument in the wrong place would leave a stolen key in use, and nobody would notice.
      if (issuer !== undefined && typeof issuer !== 'string') {
        throw configurationError('issuer', issuer, "an issuer's URL, or undefined for all")
      }
      return issuers.invalidate(issuer, isDropped(options))
    },
  }
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
  // Not `= false`: an undefined that is there would be a switch that does nothing.
  const drop: unknown = Object.hasOwn(options, 'drop') ? options.drop : false
  if (typeof drop !== 'boolean') throw configurationError('drop', drop, 'true or false')
  return drop
}
