import { DEFAULT_SHAPE } from '../access-token/claim-mapping.js'
import type { ClaimMark, ClaimPath, ClaimSource, TokenShape } from '../access-token/claim-mapping.js'
import { mappedAccessToken } from '../access-token/mapped-access-token.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { PRESETS } from './presets.js'
import type { IssuerPreset, Preset } from './presets.js'

/**
 * A claim: its name, taken literally even with dots, or the path of names to it, such as `['realm_access', 'roles']`.
 */
export type ClaimNames = string | readonly string[]

/**
 * Where a value is in a token: the name of a claim, or a list of claims, each by name, by path, or as `{ keysOf }` of
 * either for an object whose member names are the values. `{audience}` in a name stands for each accepted audience.
 */
export type ClaimLocation = string | readonly (ClaimNames | { readonly keysOf: ClaimNames })[]

/**
 * A mark by which a kind of token is recognised: a claim that is present, and that has one of the values `value`,
 * equals the claim `sameAs`, or begins with `startsWith`, where these are given.
 */
export interface ClaimMarkOptions {
  readonly claim: ClaimNames
  readonly value?: string | readonly string[]
  readonly sameAs?: ClaimNames
  readonly startsWith?: string
}

/** The claims in which an issuer writes scopes, roles, permissions and the client. */
export interface ClaimLocations {
  /** The first claim that is present counts. @defaultValue ['scope', 'scp'] */
  readonly scopes?: ClaimLocation
  /** All claims count. @defaultValue 'roles' */
  readonly roles?: ClaimLocation
  /** All claims count. @defaultValue 'permissions' */
  readonly permissions?: ClaimLocation
  /** The first claim that is text counts. @defaultValue ['client_id', 'azp'] */
  readonly clientId?: ClaimLocation
}

/** The token format of an issuer. None of these options loosens the checks of signature, issuer, times or type. */
export interface TokenShapeOptions {
  /** A known issuer. Its preset replaces the defaults of the other options here. */
  readonly preset?: IssuerPreset
  readonly claims?: ClaimLocations
  /**
   * How to recognise a token that a client obtained for itself, by the client credentials grant. One mark suffices.
   * @defaultValue `{ claim: 'gty', value: 'client-credentials' }`, as Auth0 issues it, where there is no preset
   */
  readonly machine?: ClaimMarkOptions | readonly ClaimMarkOptions[]
  /**
   * How to recognise an access token among the issuer's tokens, such as ID tokens. One mark suffices. A token without
   * any is refused. @defaultValue the marks of the preset, else no mark is required
   */
  readonly accessToken?: ClaimMarkOptions | readonly ClaimMarkOptions[]
}

/** Validates {@link TokenShapeOptions} and fills in defaults. @throws {TypeError} */
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
    read: mappedAccessToken,
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
  const claims = list.map((one: unknown) => {
    const keys = isPlainObject(one) && Object.keys(one).join() === 'keysOf'
    const names = claimPath(keys ? one['keysOf'] : one)
    if (names === undefined) throw configurationError(path, given, WANTED)
    return { path: names, keys }
  })
  return Object.freeze(claims.flatMap((claim) => forEachAudience(claim, audience)))
}

const AUDIENCE = '{audience}'

function forEachAudience(source: ClaimSource, audience: readonly string[]): readonly ClaimSource[] {
  if (!source.path.some((name) => name.includes(AUDIENCE))) return [Object.freeze(source)]
  return audience.map((one) => {
    // A function, since `$` in a replacement string is special.
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
  // `value: undefined`, such as from a missing variable, would make a mark that every token with the claim has.
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
