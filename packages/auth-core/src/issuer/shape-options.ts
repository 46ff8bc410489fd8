import { DEFAULT_SHAPE } from '../access-token/claim-mapping.js'
import type { ClaimMark, ClaimPath, ClaimSource, TokenShape } from '../access-token/claim-mapping.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { PRESETS } from './presets.js'
import type { IssuerPreset, Preset } from './presets.js'

/** A claim by its name, whatever is in it; or by the names on the way to it, such as `['realm_access', 'roles']`. */
export type ClaimNames = string | readonly string[]

/**
 * Where something is in a token: the name of a claim, or a list of places, each the name of a claim, a path of names, or
 * `{ keysOf }` of either, for an object whose members are named by the values. `{audience}` in a name stands for each
 * accepted audience.
 */
export type ClaimLocation = string | readonly (ClaimNames | { readonly keysOf: ClaimNames })[]

/** What a token is told by: a claim that is there, or has one of these values, or that of another, or begins so. */
export interface ClaimMarkOptions {
  readonly claim: ClaimNames
  readonly value?: string | readonly string[]
  readonly sameAs?: ClaimNames
  readonly startsWith?: string
}

/** Where an issuer writes what. */
export interface ClaimLocations {
  /** The first place that is there counts. @defaultValue ['scope', 'scp'] */
  readonly scopes?: ClaimLocation
  /** All places count. @defaultValue 'roles' */
  readonly roles?: ClaimLocation
  /** All places count. @defaultValue 'permissions' */
  readonly permissions?: ClaimLocation
  /** The first place that holds text counts. @defaultValue ['client_id', 'azp'] */
  readonly clientId?: ClaimLocation
}

/** What an issuer names in its own way. None of it loosens the checks of signature, issuer, time or type. */
export interface TokenShapeOptions {
  /** An issuer whose tokens are known: the defaults of the others here. */
  readonly preset?: IssuerPreset
  readonly claims?: ClaimLocations
  /**
   * How a token that a client got for itself is told; any of several.
   * @defaultValue `{ claim: 'gty', value: 'client-credentials' }`, as Auth0 issues it, where there is no preset
   */
  readonly machine?: ClaimMarkOptions | readonly ClaimMarkOptions[]
  /** How an access token is told from other tokens of the issuer; any of several. A token without is refused. */
  readonly accessToken?: ClaimMarkOptions | readonly ClaimMarkOptions[]
}

/** @throws {TypeError} */
export function resolveShape(
  path: string,
  options: Readonly<Record<string, unknown>>,
  audience: readonly string[],
): TokenShape {
  const preset = resolvePreset(path, options['preset'])
  const { claims, machine = preset?.machine, accessToken = preset?.accessToken } = options
  if (preset === undefined && claims === undefined && machine === undefined && accessToken === undefined) {
    return DEFAULT_SHAPE
  }
  const own = claims === undefined ? {} : requireLocations(`${path}claims`, claims)
  const locate = (name: keyof ClaimLocations): readonly ClaimSource[] => {
    const given = Object.hasOwn(own, name) ? own[name] : preset?.claims?.[name]
    return given === undefined ? DEFAULT_SHAPE[name] : sources(`${path}claims.${name}`, given, audience)
  }
  return Object.freeze({
    scopes: locate('scopes'),
    roles: locate('roles'),
    permissions: locate('permissions'),
    clientId: locate('clientId'),
    machine: resolveMarks(`${path}machine`, machine, preset === undefined ? DEFAULT_SHAPE.machine : NONE),
    accessToken: resolveMarks(`${path}accessToken`, accessToken, NONE),
  })
}

/** The preset of that name, if one is given. @throws {TypeError} */
export function resolvePreset(path: string, name: unknown): Preset | undefined {
  if (name === undefined) return undefined
  const known: Readonly<Record<string, Preset>> = PRESETS
  const preset = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined
  if (preset === undefined) throw configurationError(`${path}preset`, name, Object.keys(PRESETS).join(', '))
  return preset
}

function requireLocations(path: string, given: unknown): Readonly<Record<string, unknown>> {
  if (!isPlainObject(given)) throw configurationError(path, given, "an object such as { roles: 'groups' }")
  rejectUnknownNames(path, given, ['scopes', 'roles', 'permissions', 'clientId'])
  rejectUndefined(`${path}.`, given)
  return given
}

const WANTED = "the name of a claim, or a list of names, of paths such as ['realm_access', 'roles'], or of { keysOf }"

function sources(path: string, given: unknown, audience: readonly string[]): readonly ClaimSource[] {
  const list: unknown = typeof given === 'string' ? [given] : given
  if (!Array.isArray(list) || list.length === 0) throw configurationError(path, given, WANTED)
  const places = list.map((one: unknown) => {
    const keys = isPlainObject(one) && Object.keys(one).join() === 'keysOf'
    const names = claimPath(keys ? one['keysOf'] : one)
    if (names === undefined) throw configurationError(path, given, WANTED)
    return { path: names, keys }
  })
  return Object.freeze(places.flatMap((place) => forEachAudience(place, audience)))
}

const AUDIENCE = '{audience}'

function forEachAudience(source: ClaimSource, audience: readonly string[]): readonly ClaimSource[] {
  if (!source.path.some((name) => name.includes(AUDIENCE))) return [Object.freeze(source)]
  return audience.map((one) => {
    // As a function, since `$` means something in a replacement text.
    const path = Object.freeze(source.path.map((name) => name.replaceAll(AUDIENCE, () => one)))
    return Object.freeze({ path, keys: source.keys })
  })
}

/** The path that a name or a list of names is, or undefined. */
export function claimPath(given: unknown): ClaimPath | undefined {
  const list: unknown = typeof given === 'string' ? [given] : given
  if (!Array.isArray(list) || list.length === 0) return undefined
  const names = list.filter((name: unknown): name is string => typeof name === 'string' && name !== '')
  return names.length === list.length ? Object.freeze(names) : undefined
}

const NONE: readonly ClaimMark[] = Object.freeze([])

function resolveMarks(path: string, given: unknown, fallback: readonly ClaimMark[]): readonly ClaimMark[] {
  if (given === undefined) return fallback
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const marks = list.map((one) => resolveMark(path, one))
  if (marks.length === 0) throw configurationError(path, given, MARK)
  return Object.freeze(marks)
}

const MARK = "a mark such as { claim: 'token_use', value: 'access' }, or a list of marks"

function resolveMark(path: string, given: unknown): ClaimMark {
  if (!isPlainObject(given)) throw configurationError(path, given, MARK)
  rejectUnknownNames(path, given, ['claim', 'value', 'sameAs', 'startsWith'])
  // A mark whose value is undefined would be on every token that has the claim.
  rejectUndefined(`${path}.`, given)
  const { claim, value, sameAs, startsWith } = given
  const at = claimPath(claim)
  const values = value === undefined ? undefined : claimPath(value)
  const other = sameAs === undefined ? undefined : claimPath(sameAs)
  const valid =
    at !== undefined &&
    (value === undefined || values !== undefined) &&
    (sameAs === undefined || other !== undefined) &&
    (startsWith === undefined || (typeof startsWith === 'string' && startsWith !== ''))
  if (!valid) throw configurationError(path, given, MARK)
  return Object.freeze({
    path: at,
    ...(values !== undefined && { values }),
    ...(other !== undefined && { sameAs: other }),
    ...(typeof startsWith === 'string' && { startsWith }),
  })
}
