import { parseChallenges } from './challenges.js'
import type { Challenge } from './challenges.js'
import type { Expected, RfcFacts } from './expectations.js'
import type { Clause } from './level.js'
import type { RawRequest, RawResponse } from './raw-http.js'

/** What of an answer breaks an RFC. */
export interface BrokenFact {
  readonly says: string
  readonly clause: Clause
  /** RFC 2119: a `must` that is broken is a fault, a `should` may have its reasons. */
  readonly level: 'must' | 'should'
}

/** What of an answer breaks an RFC, in words; nothing when it keeps them. Codes, texts, realm and order do not count. */
export function brokenFacts(request: RawRequest, response: RawResponse, expected: Expected): readonly string[] {
  return brokenRules(request, response, expected).map(({ says }) => says)
}

/** The same, with what demands it. */
export function brokenRules(request: RawRequest, response: RawResponse, expected: Expected): readonly BrokenFact[] {
  const { rfc } = expected
  if (!rfc.statuses.includes(response.status))
    return [should('RFC 6750 §3.1', `status ${response.status} is none of ${rfc.statuses.join(', ')}`)]
  const problems = expected.error === undefined ? [] : echoes(request, response)
  if (expected.headOnly === true && response.body !== '')
    problems.push(must('RFC 9110 §9.3.2', 'HEAD is answered with content'))
  const values = valuesOf(response, 'www-authenticate')
  const challenges = parseChallenges(values.join(', '))
  if (challenges === undefined)
    return [...problems, must('RFC 9110 §11.6.1', `malformed WWW-Authenticate: ${values.join(', ')}`)]
  if (response.status === 401 && challenges.length === 0)
    problems.push(must('RFC 9110 §15.5.2', '401 without a challenge'))
  if (rfc.nonce === true) problems.push(...nonceProblems(valuesOf(response, 'dpop-nonce')))
  // That a certain one is missing is no second fault.
  const facts = challenges.length === 0 && response.status === 401 ? [] : factProblems(challenges, rfc)
  return [...problems, ...challenges.flatMap(challengeProblems), ...facts]
}

const must = (clause: Clause, says: string): BrokenFact => ({ level: 'must', clause, says })
const should = (clause: Clause, says: string): BrokenFact => ({ level: 'should', clause, says })

function valuesOf({ headers }: RawResponse, wanted: string): readonly string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}

/** The challenge of the scheme that must be there, with the error that tells why. */
function factProblems(challenges: readonly Challenge[], { scheme, errors }: RfcFacts): readonly BrokenFact[] {
  if (scheme === undefined) return []
  const clause = scheme === 'DPoP' ? 'RFC 9449 §7.1' : 'RFC 6750 §3'
  const errorOf = ({ parameters }: Challenge): string | undefined => parameters.get('error')
  const all = challenges.filter((challenge) => challenge.scheme === scheme.toLowerCase())
  if (all.length === 0) return [must(clause, `no challenge of ${scheme}`)]
  const found = all.map(errorOf).filter((error) => error !== undefined)
  // RFC 6750 §3.1: no error then, lest a client takes it for one of its own.
  if (errors.length === 0)
    return found.map((error) => should('RFC 6750 §3.1', `error="${error}", though nothing was sent`))
  if (found.some((error) => errors.includes(error))) return []
  return [should(clause, `error is ${found.length === 0 ? 'missing' : found.join()}, none of ${errors.join(', ')}`)]
}

// RFC 6750 §3.
const TEXT = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/
const SCOPES = /^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/

/** RFC 6750 §3, RFC 9449 §7.1: what holds for every challenge of these schemes. */
function challengeProblems({ scheme, parameters }: Challenge): readonly BrokenFact[] {
  if (scheme !== 'bearer' && scheme !== 'dpop') return []
  const problems = ['error', 'error_description']
    .filter((name) => !TEXT.test(parameters.get(name) ?? ''))
    .map((name) => must('RFC 6750 §3', `${name} has characters that RFC 6750 §3 does not allow`))
  if (scheme === 'bearer' && parameters.size === 0) problems.push(must('RFC 6750 §3', 'Bearer without a parameter'))
  if (!SCOPES.test(parameters.get('scope') ?? 'none')) problems.push(must('RFC 6750 §3', 'scope is no list of scopes'))
  return problems
}

/** One nonce, 1*NQCHAR. */
function nonceProblems(nonces: readonly string[]): readonly BrokenFact[] {
  const [nonce = '', ...others] = nonces
  const isOne = others.length === 0 && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(nonce)
  return isOne ? [] : [must('RFC 9449 §8.1', 'not one well-formed DPoP-Nonce')]
}

// Shorter ones may stand in an answer by chance.
const SECRET = /[\w-]{24,}/g

/** Credentials and proofs that come back: in an answer, others may read them. */
function echoes({ headers }: RawRequest, response: RawResponse): BrokenFact[] {
  const sent = headers
    .filter(([name]) => /^(authorization|dpop)$/i.test(name))
    .flatMap(([, value]) => value.match(SECRET))
  const answer = response.headers.map(([, value]) => value).join('\n') + response.body
  const isEchoed = sent.some((secret) => secret !== null && answer.includes(secret))
  return isEchoed ? [should('RFC 6750 §5.2', 'credentials come back')] : []
}
