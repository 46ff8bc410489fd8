import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import type { HttpAnswer } from '../../http.js'
import type { Api } from './api.js'
import { errorOf, evidenceOf, isAccepted, isLimited, kitCodeOf } from './answers.js'

const { pass, fail, warn } = findingsOf('api')

const CANNOT: Readonly<Record<string, readonly [string, string]>> = {
  NET_3001: [
    'it cannot get the keys of the issuer',
    'let the process of the API reach the issuer: DNS, firewall, HTTPS_PROXY, NODE_EXTRA_CA_CERTS; run doctor there',
  ],
  NET_3002: [
    'the issuer does not answer it in time',
    'let the process of the API reach the issuer: firewall, proxy; run doctor there',
  ],
  SRV_5001: [
    'its replay store does not answer',
    'start the Redis of the API, and mend its REDIS_URL; run doctor there',
  ],
}

function faulty(answer: HttpAnswer, evidence: string): Finding {
  const [cause, fix] = CANNOT[kitCodeOf(answer) ?? ''] ?? []
  if (cause !== undefined && fix !== undefined)
    return fail('bearer', 'the API cannot verify tokens', { cause, evidence, fix })
  return fail('bearer', 'the API fails for a request with a token', {
    cause: `${answer.status}, which is none of the guard`,
    evidence,
    fix: 'see the log of the API: what stands behind the guard, or before it, throws',
  })
}

/** What the API says to a token that these settings accept. */
export async function checkBearer({ url, obtained, send }: Api): Promise<readonly Finding[]> {
  if (obtained.bearer === undefined || obtained.findings.some(({ status }) => status === 'fail')) return []
  const answer = await send(url, { headers: { authorization: `Bearer ${obtained.bearer}` } })
  const evidence = evidenceOf(answer)
  if (answer.status === 403) {
    const why = {
      cause: 'the token lacks what the route requires',
      evidence,
      fix: 'grant it to the client, or call a route that it may',
    }
    return [warn('bearer', 'the API knows the caller, and denies this route', why)]
  }
  if (isAccepted(answer)) return [pass('bearer', 'the API accepts the token', `${answer.status}`)]
  if (kitCodeOf(answer) === 'VAL_2004') return [pass('bearer', 'the API wants DPoP, and no bearer token', evidence)]
  if (isLimited(answer)) return [warn('bearer', 'the API limits the rate', { evidence, fix: 'run doctor again later' })]
  if (answer.status >= 500) return [faulty(answer, evidence)]
  const said = errorOf(answer)
  if (answer.status === 401 && (said === undefined || said === 'invalid_request')) {
    const why = {
      cause:
        'it was sent one, and answers as to a request without: something in between removes the header Authorization',
      evidence,
      fix: 'let the proxy hand it on (nginx: no proxy_set_header Authorization ""; Apache: CGIPassAuth On; a gateway: no authorizer of its own)',
    }
    return [fail('bearer', 'the API sees no token', why)]
  }
  return [
    fail('bearer', 'the API refuses a token that these settings accept', {
      cause: 'it runs with other settings: another audience or issuer, or another clock',
      evidence,
      fix: 'compare AUTH0_DOMAIN, AUTH0_ISSUER and AUTH0_AUDIENCE here and where the API runs; or run doctor there',
    }),
  ]
}
