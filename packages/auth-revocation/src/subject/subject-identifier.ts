import type { RevokedTokens } from '@acme/auth-core'

import { isObject, member } from '../http/text.js'

/** A subject identifier (RFC 9493 §3), or a complex subject of several (Shared Signals Framework 1.0 §3.3). */
export type SubjectIdentifier = Readonly<Record<string, unknown>>

/**
 * Says whose tokens a subject identifier means, for those that an application knows better, such as an email address. Is asked
 * first, about the whole and then about its parts; `undefined` for what it does not know.
 */
export type SubjectMapper = (
  identifier: SubjectIdentifier,
) => RevokedTokens | undefined | Promise<RevokedTokens | undefined>

/** Whose tokens a subject identifier means. */
export type Meaning =
  | { readonly tokens: readonly RevokedTokens[] }
  /** `malformed`: no identifier. `foreign`: of an issuer that its sender may not speak for. `unusable`: means nothing here. */
  | { readonly problem: 'malformed' | 'foreign' | 'unusable' }

/** How identifiers are understood. */
export interface SubjectSettings {
  /** Whose subjects may be named. */
  readonly issuers: readonly string[]
  readonly subject: SubjectMapper | undefined
}

const MALFORMED: Meaning = { problem: 'malformed' }
const FOREIGN: Meaning = { problem: 'foreign' }
const UNUSABLE: Meaning = { problem: 'unusable' }
// Characters of what is kept, and identifiers of one subject.
const MAX_LENGTH = 512
const MAX_ALIASES = 16

/** @throws {TypeError} when the mapper of the application answers with nothing that narrows: that would be everybody */
export async function meaningOf(identifier: unknown, settings: SubjectSettings): Promise<Meaning> {
  if (!isObject(identifier)) return MALFORMED
  const mapped = await settings.subject?.(identifier)
  if (mapped !== undefined) return { tokens: [narrowed(mapped)] }
  const format = formatOf(identifier)
  if (format === 'aliases') return aliases(identifier, settings)
  if (format === 'complex') return complex(identifier, settings)
  return simple(format, identifier, settings)
}

/** Older drafts have `subject_type`, with hyphens, and complex subjects without either. */
function formatOf(identifier: SubjectIdentifier): unknown {
  const format = member(identifier, 'format') ?? member(identifier, 'subject_type')
  if (typeof format === 'string') return format.replaceAll('-', '_')
  return isObject(member(identifier, 'user')) || isObject(member(identifier, 'session')) ? 'complex' : format
}

function simple(format: unknown, identifier: SubjectIdentifier, { issuers }: SubjectSettings): Meaning {
  if (format === 'iss_sub' || format === 'jwt_id') {
    const name = format === 'iss_sub' ? 'sub' : 'jti'
    const issuer = textOf(identifier, 'iss')
    const value = textOf(identifier, name)
    if (issuer === undefined || value === undefined) return MALFORMED
    if (!issuers.includes(issuer)) return FOREIGN
    return { tokens: [format === 'iss_sub' ? { issuer, subject: value } : { issuer, tokenId: value }] }
  }
  if (format === 'opaque') {
    const id = textOf(identifier, 'id')
    if (id === undefined) return MALFORMED
    // Without an issuer of its own: it is clear whose subject it is where there is one issuer only.
    const [issuer] = issuers
    return issuer === undefined || issuers.length > 1 ? UNUSABLE : { tokens: [{ issuer, subject: id }] }
  }
  return typeof format === 'string' ? UNUSABLE : MALFORMED
}

/** RFC 9493 §3.2.8: all of them mean the same subject, and none is a list of aliases itself. */
async function aliases(identifier: SubjectIdentifier, settings: SubjectSettings): Promise<Meaning> {
  const list = member(identifier, 'identifiers')
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_ALIASES) return MALFORMED
  if (list.some((each) => !isObject(each) || ['aliases', 'complex'].includes(String(formatOf(each))))) return MALFORMED
  const meanings = await Promise.all(list.map((each) => meaningOf(each, settings)))
  const tokens = meanings.flatMap((each) => ('tokens' in each ? each.tokens : []))
  // A subject may have a name elsewhere too, for which its own is not to be ignored.
  return tokens.length > 0 ? { tokens } : (meanings.find((each) => 'problem' in each) ?? MALFORMED)
}

/**
 * Shared Signals Framework 1.0 §3.3: all members together. `device`, `tenant`, `org_unit` and `group` are in no access token that
 * we know: without them the event reaches other tokens of the same user, never those of other users.
 */
async function complex(identifier: SubjectIdentifier, settings: SubjectSettings): Promise<Meaning> {
  const [session, application] = await Promise.all([
    namedBy(member(identifier, 'session'), 'sessionId', settings),
    namedBy(member(identifier, 'application'), 'clientId', settings),
  ])
  const users = await usersOf(member(identifier, 'user'), session, settings)
  for (const part of [session, application, users]) if (part !== undefined && 'problem' in part) return part
  const narrowing = [session, application].flatMap((part) =>
    part !== undefined && 'tokens' in part ? part.tokens : [],
  )
  const subjects = 'tokens' in users ? users.tokens : []
  const issuers = new Set([...narrowing, ...subjects].map(({ issuer }) => issuer).filter((each) => each !== undefined))
  // A session of one issuer and a user of another are no pair.
  if (issuers.size > 1) return FOREIGN
  const [issuer] = issuers.size === 0 && settings.issuers.length === 1 ? settings.issuers : issuers
  // The same session of another issuer would be somebody else's.
  if (issuer === undefined) return UNUSABLE
  const tokens = subjects.map((each) => narrowed(Object.assign({}, each, ...narrowing, { issuer }) as RevokedTokens)) // of these
  return { tokens }
}

/** A part that narrows: an identifier of a session or an application, whose issuer another part may tell. */
async function namedBy(
  part: unknown,
  name: 'sessionId' | 'clientId',
  settings: SubjectSettings,
): Promise<Meaning | undefined> {
  if (part === undefined) return undefined
  if (!isObject(part) || ['aliases', 'complex'].includes(String(formatOf(part)))) return MALFORMED
  const id = formatOf(part) === 'opaque' ? textOf(part, 'id') : undefined
  if (id !== undefined && settings.subject === undefined) return { tokens: [{ [name]: id }] }
  const meaning = await meaningOf(part, settings)
  if ('problem' in meaning) return id === undefined ? meaning : { tokens: [{ [name]: id }] }
  const [first = {}] = meaning.tokens
  const { issuer, [name]: named = first.subject } = first
  if (named === undefined) return UNUSABLE
  return { tokens: [{ ...(issuer !== undefined && { issuer }), [name]: named }] }
}

/** Whose a complex subject is. A session is enough where the user is one that means nothing here. */
async function usersOf(part: unknown, session: Meaning | undefined, settings: SubjectSettings): Promise<Meaning> {
  const anybody: Meaning = session === undefined ? UNUSABLE : { tokens: [{}] }
  if (part === undefined) return anybody
  if (isObject(part) && formatOf(part) === 'complex') return MALFORMED
  const meaning = await meaningOf(part, settings)
  return 'problem' in meaning && meaning.problem === 'unusable' ? anybody : meaning
}

/** Nothing but an issuer would revoke the tokens of everybody. */
function narrowed(tokens: RevokedTokens): RevokedTokens {
  const { issuer, subject, clientId, sessionId, tokenId } = tokens
  const narrowing = { subject, clientId, sessionId, tokenId }
  const values = Object.values(narrowing).filter((each) => each !== undefined)
  const isGood = values.length > 0 && values.every((each) => typeof each === 'string' && each !== '')
  if (!isGood) throw new TypeError('a subject without subject, clientId, sessionId or tokenId')
  return Object.fromEntries(Object.entries({ issuer, ...narrowing }).filter(([, value]) => value !== undefined))
}

function textOf(identifier: SubjectIdentifier, name: string): string | undefined {
  const value = member(identifier, name)
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH ? value : undefined
}
