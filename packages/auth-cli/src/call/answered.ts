import { parseChallenges } from '@acme/auth-client'
import type { Challenge } from '@acme/auth-client'

import { decodeToken } from '../inspect/decode.js'
import type { ToMend } from '../mend.js'

/** An answer of an API to a token, as far as it tells why. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly token: string
  /** What core says of the token, with the settings that are known here. */
  readonly opinion: ToMend | undefined
}

/** What an answer asks for, and what is to be done about it; undefined where it is a good one. */
export function mendOfAnswer(answered: Answered): ToMend | undefined {
  const { status, headers, body, opinion } = answered
  if (status < 400) return undefined
  const challenges = parseChallenges(headers.get('www-authenticate'))
  const { error, code } = jsonOf(body)
  const asked = challenges.find(({ parameters }) => parameters.has('error'))
  const told = asked?.parameters.get('error') ?? (typeof error === 'string' ? error : undefined)
  const mend = byError(told, asked, answered, typeof code === 'string' ? code : '')
  if (mend !== undefined) return mend
  // The token was understood, and another guard is asked for: what core says of it counts.
  if (opinion !== undefined && (status === 401 || status === 403)) return opinion
  return byStatus(status, headers)
}

function byError(
  error: string | undefined,
  challenge: Challenge | undefined,
  { headers, body, token, opinion }: Answered,
  code: string,
): ToMend | undefined {
  const parameter = (name: string): string | undefined => challenge?.parameters.get(name)
  switch (error) {
    case 'insufficient_scope':
      return ofScope(parameter('scope'), token, idOf(headers, body))
    case 'insufficient_user_authentication':
      return ofLogin(parameter('acr_values'), parameter('max_age'))
    case 'use_dpop_nonce':
      return {
        says: 'the API asks for a nonce again and again',
        cause: 'it refuses the nonce that it has just given',
        fix: 'give all replicas of the API the same dpop.nonce.secret: acme-auth doctor --api shows which it is',
      }
    case 'invalid_dpop_proof':
      return ofProof(code, idOf(headers, body))
    case 'invalid_token':
      return opinion ?? refusedToken(code, idOf(headers, body))
    case 'temporarily_unavailable':
      return {
        says: 'the API cannot verify tokens at the moment',
        cause: code === 'SRV_5001' ? 'its replay store does not answer' : 'it does not reach the keys of the issuer',
        fix: 'run acme-auth doctor where the API runs: with its REDIS_URL, and its AUTH0_ISSUER',
      }
    case 'invalid_request':
      return ofRequest(code, challenge)
    case undefined:
    default:
      return undefined
  }
}

/** RFC 6750 §3.1. */
function ofScope(wanted: string | undefined, token: string, id: string): ToMend {
  if (wanted === undefined) {
    const says = 'the token lacks what the route requires, and no scope would mend that: a permission, a role, a claim'
    return { says, fix: `grant it to the caller at the issuer; ${whyOf(id)}` }
  }
  const { scope } = decodeToken(token).claims
  const has = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope.map(String) : []
  const lacking = wanted.split(' ').filter((one) => !has.includes(one))
  const names = (lacking.length > 0 ? lacking : wanted.split(' ')).join(' ')
  const fix = `ask for it, as by acme-auth token --scope ${argument(wanted, 'SCOPES')}, and grant it to the client at the issuer`
  return { says: `the token lacks the scope ${names}`, cause: `it has ${has.join(' ') || 'none'}`, fix }
}

/** In a command that is pasted into a shell: what an API made up must not be a command of its own (CWE-78). */
function argument(text: string, otherwise: string): string {
  return /^[\w.:/@+,=~ -]{1,500}$/.test(text) ? `"${text}"` : otherwise
}

/** RFC 9470 §3. */
function ofLogin(acr: string | undefined, age: string | undefined): ToMend {
  const wants = [
    ...(acr === undefined ? [] : [`--acr ${argument(acr, 'ACR')}`]),
    ...(age === undefined ? [] : [`--max-age ${/^\d+$/.test(age) ? age : 'SECONDS'}`]),
  ]
  return {
    says: 'the route wants a stronger or more recent login',
    cause: [acr && `acr_values ${acr}`, age && `max_age ${age} s`].filter(Boolean).join(', '),
    fix: `log the user in again with what the challenge names: acme-auth token login ${wants.join(' ')}`.trimEnd(),
  }
}

const OF_PROOF: Readonly<Record<string, readonly [string, string]>> = {
  DPOP_6001: ['the API saw no proof', 'call with --dpop; see that no proxy removes the header DPoP'],
  DPOP_6009: [
    'the API sees another URL than the proof names',
    'acme-auth doctor --api says which proxy is not trusted',
  ],
  DPOP_6010: ['the API has another time than the proof', 'set the clocks here and there by NTP'],
  DPOP_6012: ['the proof was used before', 'make a new proof, with a jti of its own, for each request'],
}

function ofProof(code: string, id: string): ToMend {
  const [says, fix] = OF_PROOF[code] ?? ['the API refuses the proof', `see the detail: ${whyOf(id)}`]
  return { says, fix, ...(code !== '' && { cause: code }) }
}

function refusedToken(code: string, id: string): ToMend {
  if (code === 'AUTH_1001') return { says: 'the token expired', fix: 'get a new one: acme-auth token' }
  const fix = `hold it against the settings of the API: acme-auth inspect --verify --env-file ITS.env; or ${whyOf(id)}`
  return { says: 'the API refuses the token', fix }
}

function ofRequest(code: string, challenge: Challenge | undefined): ToMend | undefined {
  if (code === 'VAL_2004')
    return { says: 'the API takes DPoP alone', fix: 'acme-auth token --dpop key.json, and call --dpop key.json' }
  if (code === 'VAL_2005')
    return { says: 'the API takes no DPoP', fix: 'call without --dpop, with a token that is not bound' }
  if (challenge !== undefined) return undefined
  const fix = 'see that no proxy in front of it removes the header Authorization'
  return { says: 'the API saw no token', fix }
}

function byStatus(status: number, headers: Headers): ToMend {
  const says = `HTTP ${status}`
  if (status === 401 || status === 403) {
    const fix =
      'something in front of the guard refuses, which knows no OAuth: a gateway, a firewall, another middleware'
    return { says: `${says}, without a challenge of OAuth`, fix }
  }
  if (status === 429) {
    const after = headers.get('retry-after')
    return { says: 'too many requests', fix: `try again${after === null ? ' later' : ` after ${after} s`}` }
  }
  if (status >= 500) return { says: `the API, or a proxy in front of it, fails: ${says}`, fix: 'see its log' }
  return { says: `the API answers ${says}: token and guard are not the reason`, fix: 'mend the request' }
}

/** The correlation id: of the body of this kit, or of the header. */
function idOf(headers: Headers, body: string): string {
  const { correlation_id: id } = jsonOf(body)
  return typeof id === 'string' ? id : (headers.get('x-request-id') ?? '')
}

function whyOf(id: string): string {
  const shown = /^[\w.:-]{1,128}$/.test(id) ? id : 'ID'
  return `acme-auth why ${shown} --api URL-OF-THE-TRACES tells which`
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
