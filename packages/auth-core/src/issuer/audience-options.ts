import type { AudienceStandIn } from '../access-token/claim-mapping.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { textList } from './audience-list.js'
import { claimPath } from './shape-options.js'
import type { ClaimNames } from './shape-options.js'

/** A claim that is checked in place of `aud`, for an issuer whose access tokens lack it. */
export interface AudienceFromOptions {
  /** The claim in place of `aud`. @defaultValue that of the preset, else `client_id` */
  readonly claim?: ClaimNames
  /** The accepted values, compared exactly, such as the `client_id` of each client of this API. */
  readonly accepted: string | readonly string[]
}

/** Validates the option `audienceFrom`. @throws {TypeError} */
export function resolveAudienceFrom(
  path: string,
  given: unknown,
  fallback: string | undefined,
): AudienceStandIn | undefined {
  if (given === undefined) return undefined
  const name = `${path}audienceFrom`
  if (!isPlainObject(given)) throw configurationError(name, given, "an object such as { accepted: ['client-1'] }")
  rejectUnknownNames(name, given, ['claim', 'accepted'])
  rejectUndefined(`${name}.`, given, ['accepted'])
  const { claim = fallback ?? 'client_id', accepted } = given
  const names = claimPath(claim)
  if (names === undefined) throw configurationError(`${name}.claim`, claim, 'the name of a claim, or a path')
  return Object.freeze({ path: names, accepted: textList(`${name}.accepted`, accepted, "values, such as 'client-1'") })
}
