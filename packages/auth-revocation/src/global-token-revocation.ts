import type { RevokedTokens } from '@acme/auth-core'

import { emptyAnswer, jsonAnswer, textOf, typeOf } from './http/request.js'
import type { HttpAnswer, HttpRequest } from './http/request.js'
import { isObject, member, parseObject } from './http/text.js'
import { afterSecondOf } from './revocations.js'
import type { Revocations } from './revocations.js'
import { meaningOf } from './subject/subject-identifier.js'
import type { SubjectMapper } from './subject/subject-identifier.js'

/** Options of {@link globalTokenRevocation}. */
export interface GlobalTokenRevocationOptions {
  /** Where tokens are revoked. */
  readonly revocations: Revocations
  /** Whose subjects may be named. */
  readonly issuers: readonly string[]
  /**
   * Whether a request may revoke the tokens of any user, or `'guarded'` where a guard in front of it has said so, such as
   * `requireAuth('revoke:tokens')`.
   */
  readonly authorize: 'guarded' | ((request: HttpRequest) => boolean | Promise<boolean>)
  /** Whose tokens a subject means, where it is not `iss_sub`, `opaque`, `jwt_id`, or made of these. */
  readonly subject?: SubjectMapper | undefined
  /** Whether there is such a user: else 404. @defaultValue every user is known */
  readonly isKnown?: ((tokens: RevokedTokens) => boolean | Promise<boolean>) | undefined
  /** Seconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/**
 * Answers a request: 204; 400 for what is no subject identifier; 401 where `authorize` says no; 404; 422 for a subject that means
 * nothing here; 503 with `Retry-After` where tokens could not be revoked. Never throws.
 */
export type GlobalTokenRevocation = (request: HttpRequest) => Promise<HttpAnswer>

const MAX_BODY = 16 * 1024
const NAMES = ['revocations', 'issuers', 'authorize', 'subject', 'isKnown', 'now']

/**
 * The endpoint of Global Token Revocation (draft-parecki-oauth-global-token-revocation): an identity provider names a user, all of
 * whose tokens are revoked.
 *
 * @throws {TypeError} that names the option and what is wanted
 * @example
 * ```ts
 * import { globalTokenRevocation } from '@acme/auth-revocation'
 *
 * const revoke = globalTokenRevocation({
 *   issuers: ['https://login.example.com/'],
 *   authorize: 'guarded',
 *   revocations: { revoke: (tokens, issuedBefore) => console.log(tokens.subject, issuedBefore) },
 * })
 * const body = JSON.stringify({ sub_id: { format: 'iss_sub', iss: 'https://login.example.com/', sub: 'alice' } })
 * const { status } = await revoke({ method: 'POST', headers: { 'content-type': 'application/json' }, body })
 * if (status !== 204) throw new Error(String(status))
 * ```
 */
export function globalTokenRevocation(options: GlobalTokenRevocationOptions): GlobalTokenRevocation {
  requireGood(options)
  const { revocations, issuers, authorize, subject, isKnown, now = () => Date.now() / 1000 } = options

  async function revoke(identifier: unknown): Promise<HttpAnswer> {
    const meaning = await meaningOf(identifier, { issuers, subject })
    if ('problem' in meaning) return refused(meaning.problem, subject !== undefined)
    const known: RevokedTokens[] = []
    for (const each of meaning.tokens) if (isKnown === undefined || (await isKnown(each)) === true) known.push(each)
    if (known.length === 0) return failure(404, 'not_found')
    for (const each of known) await revocations.revoke(each, afterSecondOf(now(), now()))
    return emptyAnswer(204)
  }

  async function answer(request: HttpRequest): Promise<HttpAnswer> {
    if (request.method !== 'POST') return emptyAnswer(405, { allow: 'POST' })
    // Before the body: who may not revoke has no memory either.
    if (authorize !== 'guarded' && (await authorize(request)) !== true) {
      return emptyAnswer(401, { 'www-authenticate': 'Bearer' })
    }
    const body = await bodyOf(request)
    return body === undefined ? failure(400, 'invalid_request') : revoke(member(body, 'sub_id'))
  }

  return async (request) => {
    try {
      return await answer(request)
    } catch {
      // Of the application or its store. Whether all is revoked is unknown: never as if it were.
      return emptyAnswer(503, { 'retry-after': '5' })
    }
  }
}

/** JSON as it came, or as a framework has parsed it. */
async function bodyOf(request: HttpRequest): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (typeOf(request) !== 'application/json') return undefined
  const { body } = request
  if (isPlain(body)) return body
  const text = await textOf(request, MAX_BODY)
  return text === undefined ? undefined : parseObject(text)
}

function isPlain(body: unknown): body is Readonly<Record<string, unknown>> {
  if (!isObject(body)) return false
  const prototype: unknown = Object.getPrototypeOf(body)
  return prototype === Object.prototype || prototype === null
}

function refused(problem: 'malformed' | 'foreign' | 'unusable', isMapped: boolean): HttpAnswer {
  if (problem === 'malformed') return failure(400, 'invalid_request')
  // Asked, the application knows no such user.
  return problem === 'unusable' && isMapped ? failure(404, 'not_found') : failure(422, 'unprocessable')
}

function failure(status: number, error: string): HttpAnswer {
  return jsonAnswer(status, { error })
}

function requireGood(options: GlobalTokenRevocationOptions): void {
  const unknown = Object.keys(options).some((name) => !NAMES.includes(name))
  if (unknown) throw wrong('unknown option', `one of ${NAMES.join(', ')}`)
  const { revocations, issuers, authorize } = options
  if (typeof revocations?.revoke !== 'function') throw wrong('revocations', 'an object with revoke()')
  if (!Array.isArray(issuers) || issuers.length === 0) throw wrong('issuers', 'a list of issuers')
  // There is no default: an open endpoint would let anybody log out everybody.
  if (authorize !== 'guarded' && typeof authorize !== 'function') throw wrong('authorize', "'guarded', or a function")
}

function wrong(name: string, wanted: string): TypeError {
  return new TypeError(`globalTokenRevocation: ${name}: want ${wanted}`)
}
