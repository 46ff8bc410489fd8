import { requirements } from '../authorization/all-requirements.js'
import type { NestedRequirement, Requirements } from '../authorization/requirement-types.js'
import { readClaimsSchema } from '../access-token/claims-schema.js'
import type { ClaimsCheck, ClaimsSchema } from '../access-token/claims-schema.js'
import { readAlgorithms } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import { audienceList, textList } from '../issuer/audience-list.js'
import { configurationError } from '../options/option-checks.js'
import { moreThanZero, oneOf, readOptions, seconds } from '../options/read-options.js'
import type { OptionReader, OptionTable } from '../options/read-options.js'
import { isPlainObject } from '../util/json.js'

/**
 * Settings that are tried: requests that the settings in force accept are held against these as well, and what they would
 * refuse is told, never refused. Durations are seconds. What is not given stays as it is in force.
 */
export interface ShadowOptions {
  /** `'required'` or `'disabled'`, as `dpop.mode`; or with how proofs would be judged. */
  readonly dpop?: 'required' | 'disabled' | ShadowDpopOptions
  /** The identifiers of this API, one of which would have to be in `aud`. Of all issuers; not with `tenants`. */
  readonly audience?: string | readonly string[]
  /** The issuers that would be left, of those that are trusted. Not with `tenants`. */
  readonly issuers?: string | readonly string[]
  /** Of access tokens. */
  readonly algorithms?: readonly Algorithm[]
  readonly tokenProfile?: 'rfc9068'
  readonly maxTokenAge?: number
  readonly clockTolerance?: number
  /** A Standard Schema that claims would have to pass. What takes longer than 0.1 seconds counts as a fault of it. */
  readonly claims?: ClaimsSchema
  /**
   * What every route would require beside its own requirements: scopes as text, an object, or what `requirements()` made.
   * For one route see `shadow` of its requirements.
   */
  readonly requirements?: NestedRequirement
}

/** How proofs would be judged. The ages not with `dpop.nonce`, which judges by the nonce. */
export interface ShadowDpopOptions {
  readonly mode?: 'required' | 'disabled'
  readonly proofMaxAge?: number
  readonly clockTolerance?: number
  readonly algorithms?: readonly Algorithm[]
}

type Optional<Values> = { readonly [Name in keyof Values]: Values[Name] | undefined }

/** {@link ShadowDpopOptions}, checked. */
export type ShadowDpopSettings = Optional<Required<ShadowDpopOptions>>

/** {@link ShadowOptions}, checked. */
export interface ShadowSettings {
  readonly dpop: ShadowDpopSettings | undefined
  readonly audience: readonly string[] | undefined
  readonly issuers: readonly string[] | undefined
  readonly algorithms: readonly Algorithm[] | undefined
  readonly tokenProfile: 'rfc9068' | undefined
  readonly maxTokenAge: number | undefined
  readonly clockTolerance: number | undefined
  readonly claims: ClaimsCheck | undefined
  readonly requirements: Requirements | undefined
}

/** Undefined for what is not given: there is no default but what is in force. */
function given<Value>(read: OptionReader<Value>): OptionReader<Value | undefined> {
  return (value, name) => (value === undefined ? undefined : read(value, name))
}

const DPOP: OptionTable<ShadowDpopSettings> = {
  mode: given(oneOf('required', 'disabled')),
  proofMaxAge: given(seconds(0)),
  clockTolerance: given(seconds(0)),
  algorithms: given(readAlgorithms([])),
}

const TABLE: OptionTable<ShadowSettings> = {
  dpop: given(readDpop),
  audience: given((value, name) => audienceList(name, value)),
  issuers: given((value, name) => textList(name, value, 'issuers that are trusted, as their tokens write them')),
  algorithms: given(readAlgorithms([])),
  tokenProfile: given(oneOf('rfc9068')),
  maxTokenAge: given(moreThanZero(1)),
  clockTolerance: given(seconds(0)),
  claims: readClaimsSchema,
  requirements: given(readRequirements),
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function readShadow(value: unknown, name: string): ShadowSettings | undefined {
  if (value === undefined) return undefined
  const wanted = "an object such as { dpop: 'required' }"
  const settings = readOptions(value, TABLE, { name, wanted })
  if (Object.values(settings).every((one) => one === undefined)) throw configurationError(name, value, wanted)
  return settings
}

function readDpop(value: unknown, name: string): ShadowDpopSettings {
  const wanted = "'required', or an object such as { mode: 'required', proofMaxAge: 60 }"
  const options = typeof value === 'string' ? { mode: oneOf('required', 'disabled')(value, name) } : value
  const settings = readOptions(options, DPOP, { name, wanted })
  const { mode, ...proofs } = settings
  const judgesProofs = Object.values(proofs).some((one) => one !== undefined)
  if (mode === undefined && !judgesProofs) throw configurationError(name, value, wanted)
  if (mode === 'disabled' && judgesProofs) throw configurationError(name, value, "nothing beside mode 'disabled'")
  return settings
}

function readRequirements(value: unknown, name: string): Requirements {
  const wanted = resolved(value, name)
  if (wanted.optional || wanted.anyToken) throw configurationError(name, value, 'requirements that ask for something')
  if (wanted.shadow !== undefined) throw configurationError(name, value, 'requirements without a shadow of their own')
  return wanted
}

function resolved(value: unknown, name: string): Requirements {
  if (typeof value !== 'string' && !isPlainObject(value)) {
    throw configurationError(name, value, 'scopes, or an object such as { roles: [] }')
  }
  try {
    // It checks what it is given.
    return typeof value === 'string' ? requirements(value) : requirements(value)
  } catch (error) {
    throw error instanceof TypeError ? new TypeError(`${name}: ${error.message}`, { cause: error }) : error
  }
}
