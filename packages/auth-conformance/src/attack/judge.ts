import type { Expected } from '../contract/expectations.js'
import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import { brokenRules } from '../contract/rfc-level.js'
import { adviceFor } from './advice.js'
import type { FaultKind } from './advice.js'
import type { AttackedApi } from './api.js'
import type { AttackCase } from './cases.js'
import type { AttackProblem } from './report.js'

const isGood = (status: number): boolean => status >= 200 && status < 300

/** What is wrong with an answer to a case. */
export function judge(
  one: AttackCase,
  request: RawRequest,
  response: RawResponse,
  api: Pick<AttackedApi, 'mode'>,
): readonly AttackProblem[] {
  const { contractCase, clause } = one
  const { status } = response
  const problem = (level: AttackProblem['level'], kind: FaultKind, says: string): AttackProblem => ({
    level,
    clause,
    kind,
    says,
    ...adviceFor(clause, contractCase.name, kind),
  })
  if (status === 429) return [problem('must', 'limited', 'the API limits requests, so that this says nothing')]
  if (status >= 500) return [problem('must', 'error', 'the server fails')]
  const isExpected = contractCase.expected.error === undefined
  if (isExpected) return isGood(status) ? [] : [problem(levelOf(one, api), 'refused', 'a good request is refused')]
  if (isGood(status)) return [problem(levelOf(one, api), 'accepted', 'it is accepted')]
  if (!one.looksAtChallenge) return []
  return brokenRules(request, response, expectedIn(api.mode, contractCase.expected)).map((rule) => ({
    ...rule,
    says: withoutSecrets(request, rule.says),
    kind: 'challenge',
    ...adviceFor(rule.clause, contractCase.name, 'challenge'),
  }))
}

/** RFC 9449 §7.2: an API that knows nothing of DPoP is not bound by what it says of bound tokens and of the scheme. */
function levelOf({ level, alsoWithoutDpop }: AttackCase, { mode }: Pick<AttackedApi, 'mode'>): AttackCase['level'] {
  return mode === 'disabled' && alsoWithoutDpop ? 'should' : level
}

/** Where DPoP is demanded, Bearer tokens of the contract are sent bound, with a proof. */
function expectedIn(mode: AttackedApi['mode'], expected: Expected): Expected {
  if (mode !== 'required' || expected.rfc.scheme !== 'Bearer') return expected
  return { ...expected, rfc: { ...expected.rfc, scheme: 'DPoP' } }
}

/** What should come, in words. */
export function expectedText({ error, rfc }: Expected): string {
  if (error === undefined) return 'accepted: 2xx'
  const statuses = rfc.statuses.join(' or ')
  return rfc.errors.length === 0
    ? `refused: ${statuses}, with a challenge`
    : `refused: ${statuses}, ${rfc.errors.join(' or ')}`
}

/** What came, in words: the status and the challenge. */
export function cameText(request: RawRequest, { status, headers }: RawResponse): string {
  const challenges = headers.filter(([name]) => name.toLowerCase() === 'www-authenticate').map(([, value]) => value)
  return challenges.length === 0 ? String(status) : `${status}, ${withoutSecrets(request, challenges.join(', '))}`
}

// Characters.
const MOST_TEXT = 300

/** Text of the server, in which nothing stands that was sent: it may send credentials back. */
function withoutSecrets({ headers }: RawRequest, text: string): string {
  const sent = headers.flatMap(([, value]) => value.match(/[\w-]{16,}/g) ?? [])
  return sent.reduce((all, secret) => all.replaceAll(secret, '…'), text).slice(0, MOST_TEXT)
}

/** What is wrong when a good request is refused that comes before the one which the case is about. */
export function refusedEarlier({ clause, contractCase }: AttackCase): AttackProblem {
  const says = 'a good request that comes before it is refused'
  return { level: 'must', clause, kind: 'refused', says, ...adviceFor(clause, contractCase.name, 'refused') }
}

/** What is wrong when no answer came. */
export function unanswered({ clause, contractCase }: AttackCase, says: string): AttackProblem {
  return { level: 'must', clause, kind: 'unanswered', says, ...adviceFor(clause, contractCase.name, 'unanswered') }
}
