import type { Obtained } from '../credentials.js'
import type { Settings } from '../environment.js'
import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import { codeOf, isSecure, reachFix, send } from '../../http.js'
import type { HttpAnswer } from '../../http.js'
import { checkBearer } from './bearer.js'
import { checkChallenge } from './challenge.js'
import { checkCors } from './cors.js'
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
}

const { pass, fail, warn } = findingsOf('api')

/** Calls a guarded route of the API from outside: with GET alone, and with tokens that were got for it. */
export async function checkApi(api: Api): Promise<readonly Finding[]> {
  const bare = await send(api.url).catch((error: unknown) => codeOf(error))
  if (typeof bare === 'string') {
    return [fail('reachable', 'the API cannot be reached', { cause: bare, evidence: api.url, fix: reachFix(bare) })]
  }
  const guarded = guardedOf(api.url, bare)
  if (guarded.status === 'fail') return [guarded]
  const findings = [
    guarded,
    ...checkChallenge(bare),
    ...(await checkMetadata(api, bare)),
    ...(api.origin === undefined ? [] : await checkCors(api.url, api.origin)),
  ]
  if (isSecure(api.url)) return [...findings, ...(await checkBearer(api)), ...(await checkProofs(api))]
  const why = {
    cause: 'plain http',
    evidence: api.url,
    fix: 'address it by https: doctor sends no token over plain http, and neither should clients',
  }
  return [...findings, fail('tls', 'the API has no TLS', why)]
}

/** RFC 6750 §3: without credentials, 401. */
function guardedOf(url: string, { status, headers }: HttpAnswer): Finding {
  const evidence = `GET ${url} without a token: ${status}`
  if (status === 401) return pass('guarded', 'the API refuses requests without a token', evidence)
  if (status >= 200 && status < 300) {
    return fail('guarded', 'the route answers without a token: it is not guarded', {
      cause: 'the guard stands behind the route, on another path, or is missing; or the route is public on purpose',
      evidence,
      fix: 'put the guard in front of the route (acme-auth routes shows what each route has), or give --api a guarded one',
    })
  }
  if (status >= 300 && status < 400) {
    return fail('guarded', 'the API redirects', {
      cause: 'clients drop the token when they are sent elsewhere',
      evidence: `${evidence}, Location: ${headers['location'] ?? ''}`,
      fix: 'give clients, and --api, the URL that it redirects to',
    })
  }
  if (status >= 500) {
    return fail('guarded', 'the API, or the proxy before it, fails', {
      evidence,
      fix: 'see its log: before a token is looked at, something is wrong',
    })
  }
  if (status === 404) {
    return fail('guarded', 'there is no such route', {
      evidence,
      fix: 'give --api the URL of a guarded route that answers GET',
    })
  }
  const why = {
    cause: `${status} without credentials, where RFC 6750 §3 has 401`,
    evidence,
    fix: 'see what answers before the guard',
  }
  return warn('guarded', 'the answer without a token is unusual', why)
}
