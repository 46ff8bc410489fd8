import { parseChallenges } from './challenges.js'
import type { Challenge } from './challenges.js'
import type { Expected, RfcFacts } from './expectations.js'
import type { RawRequest, RawResponse } from './raw-http.js'

/** What of an answer breaks an RFC, in words; nothing when it keeps them. Codes, texts, realm and order do not count. */
export function brokenFacts(request: RawRequest, response: RawResponse, expected: Expected): readonly string[] {
  const { rfc } = expected
  if (!rfc.statuses.includes(response.status))
    return [`status ${response.status} is none of ${rfc.statuses.join(', ')}`]
  const problems = expected.error === undefined ? [] : echoes(request, response)
  if (expected.headOnly === true && response.body !== '') problems.push('HEAD is answered with content')
  const values = valuesOf(response, 'www-authenticate')
  const challenges = parseChallenges(values.join(', '))
  if (challenges === undefined) return [...problems, `malformed WWW-Authenticate: ${values.join(', ')}`]
  // RFC 9110 §15.5.2: at least one challenge.
  if (response.status === 401 && challenges.length === 0) problems.push('401 without a challenge')
  if (rfc.nonce === true) problems.push(...nonceProblems(valuesOf(response, 'dpop-nonce')))
  return [...problems, ...challenges.flatMap(challengeProblems), ...factProblems(challenges, rfc)]
}

function valuesOf({ headers }: RawResponse, wanted: string): readonly string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}

/** The challenge of the scheme that must be there, with the error that tells why. */
function factProblems(challenges: readonly Challenge[], { scheme, errors }: RfcFacts): readonly string[] {
  if (scheme === undefined) return []
  const errorOf = ({ parameters }: Challenge): string | undefined => parameters.get('error')
  const all = challenges.filter((challenge) => challenge.scheme === scheme.toLowerCase())
  if (all.length === 0) return [`no challenge of ${scheme}`]
  const found = all.map(errorOf).filter((error) => error !== undefined)
  if (errors.length === 0) return found.map((error) => `error="${error}", though nothing was sent`)
  return found.some((error) => errors.includes(error)) ? [] : [`error is ${found.join()}, none of ${errors.join(', ')}`]
}

// RFC 6750 §3.
const TEXT = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/
const SCOPES = /^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/

/** RFC 6750 §3, RFC 9449 §7.1: what holds for every challenge of these schemes. */
function challengeProblems({ scheme, parameters }: Challenge): readonly string[] {
  if (scheme !== 'bearer' && scheme !== 'dpop') return []
  const problems = ['error', 'error_description']
    .filter((name) => !TEXT.test(parameters.get(name) ?? ''))
    .map((name) => `${name} has characters that RFC 6750 §3 does not allow`)
  if (scheme === 'bearer' && parameters.size === 0) problems.push('Bearer without a parameter')
  if (!SCOPES.test(parameters.get('scope') ?? 'none')) problems.push('scope is no list of scopes')
  return problems
}

/** RFC 9449 §8.1: one nonce, 1*NQCHAR. */
function nonceProblems(nonces: readonly string[]): readonly string[] {
  const [nonce = '', ...others] = nonces
  return others.length === 0 && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(nonce) ? [] : ['not one well-formed DPoP-Nonce']
}

// Shorter ones may stand in an answer by chance.
const SECRET = /[\w-]{24,}/g

/** Credentials and proofs that come back: in an answer, others may read them. */
function echoes({ headers }: RawRequest, response: RawResponse): string[] {
  const sent = headers
    .filter(([name]) => /^(authorization|dpop)$/i.test(name))
    .flatMap(([, value]) => value.match(SECRET))
  const answer = response.headers.map(([, value]) => value).join('\n') + response.body
  return sent.some((secret) => secret !== null && answer.includes(secret)) ? ['credentials come back'] : []
}
