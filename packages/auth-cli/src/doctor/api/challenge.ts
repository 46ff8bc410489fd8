import { parseChallenges } from '@acme/auth-client'

import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import type { HttpAnswer } from '../../http.js'

const { pass, fail, warn } = findingsOf('api')

/** The challenge of a request without credentials (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1). */
export function checkChallenge({ status, headers }: HttpAnswer): readonly Finding[] {
  if (status !== 401) return []
  const value = headers['www-authenticate']
  const evidence = `WWW-Authenticate: ${value ?? '(none)'}`
  if (value === undefined) {
    const why = {
      cause: 'RFC 9110 §15.5.2 demands one',
      evidence,
      fix: 'let no proxy strip the header; let the guard write the answer',
    }
    return [fail('challenge', 'the 401 has no challenge', why)]
  }
  const known = parseChallenges(value).filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
  const problem = known.map(problemOf).find((one) => one !== undefined)
  if (known.length === 0) {
    const why = {
      cause: 'neither Bearer nor DPoP is asked for',
      evidence,
      fix: 'another guard answers first, such as a password in front of a test system: let it leave out the API',
    }
    return [fail('challenge', 'the challenge is of another kind', why)]
  }
  if (problem !== undefined)
    return [
      warn('challenge', 'the challenge is not well formed', {
        cause: problem,
        evidence,
        fix: 'let the guard write it',
      }),
    ]
  return [pass('challenge', 'the challenge is well formed', evidence)]
}

function problemOf({ scheme, parameters }: ReturnType<typeof parseChallenges>[number]): string | undefined {
  if (parameters.has('error')) return 'it has an error where no credentials were sent (RFC 6750 §3.1)'
  if (scheme === 'bearer' && parameters.size === 0) return 'Bearer has no parameter (RFC 6750 §3)'
  if (scheme === 'dpop' && !parameters.has('algs')) return 'DPoP names no algs (RFC 9449 §7.1)'
  return undefined
}
