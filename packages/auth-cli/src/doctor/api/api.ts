import type { Obtained } from '../credentials.js'
import type { Settings } from '../environment.js'
import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import { codeOf, isSecure, reachFix, send } from '../../http.js'
import { checkBearer } from './bearer.js'
import { checkChallenge } from './challenge.js'
import { checkCors } from './cors.js'
import { checkGuarded } from './guarded.js'
import { checkMetadata } from './metadata.js'
import { checkProofs } from './proofs.js'

/** The deployed API, as it is seen from here. */
export interface Api {
  /** Of a guarded route that answers GET. */
  readonly url: string
  readonly origin: string | undefined
  /** Undefined where they cannot be used. */
  readonly settings: Settings | undefined
  readonly obtained: Obtained
  /** With a time limit. */
  readonly send: typeof send
}

const { fail } = findingsOf('api')

/** How the API is called. */
export interface ApiOptions extends Omit<Api, 'send'> {
  /** Seconds for each answer. */
  readonly timeout: number
}

/** Calls a guarded route of the API from outside: with GET alone, and with tokens that were got for it. */
export async function checkApi({ timeout, ...given }: ApiOptions): Promise<readonly Finding[]> {
  const api: Api = { ...given, send: (url, request) => send(url, { ...request, timeout }) }
  const bare = await api.send(api.url).catch((error: unknown) => codeOf(error))
  if (typeof bare === 'string') {
    return [
      fail('reachable', `the API cannot be reached: ${bare}`, { cause: bare, evidence: api.url, fix: reachFix(bare) }),
    ]
  }
  const guarded = checkGuarded(api.url, bare)
  if (guarded.status === 'fail') return [guarded]
  const findings: Finding[] = [guarded, ...checkChallenge(bare)]
  try {
    findings.push(...(await checkMetadata(api, bare)))
    if (api.origin !== undefined) findings.push(...(await checkCors(api, api.origin)))
    if (!isSecure(api.url)) return [...findings, withoutTls(api.url)]
    findings.push(...(await checkBearer(api)))
    findings.push(...(await checkProofs(api)))
    return findings
  } catch (error) {
    return [...findings, broken(error, api.url)]
  }
}

function withoutTls(evidence: string): Finding {
  return fail('tls', 'the API has no TLS', {
    cause: 'plain http',
    evidence,
    fix: 'address it by https: doctor sends no token over plain http, and neither should clients',
  })
}

/** It has answered before. */
function broken(error: unknown, evidence: string): Finding {
  return fail('reachable', 'the API answers a request without a token, and then one more no longer', {
    cause: codeOf(error),
    evidence,
    fix: 'see the log of the API, and of what stands in front: it ends the connection, or hangs, for a request with a token',
  })
}
