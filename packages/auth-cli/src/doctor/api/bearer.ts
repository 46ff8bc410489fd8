import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import { send } from '../../http.js'
import type { Api } from './api.js'
import { errorOf, evidenceOf, isAccepted, kitCodeOf } from './answers.js'

const { pass, fail, warn } = findingsOf('api')

/** What the API says to a token that these settings accept. */
export async function checkBearer({ url, obtained }: Api): Promise<readonly Finding[]> {
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
  if (answer.status >= 500)
    return [
      fail('bearer', 'the API cannot verify tokens', {
        cause: errorOf(answer) ?? `${answer.status}`,
        evidence,
        fix: 'run doctor where the API runs: it may not reach the issuer, or its Redis',
      }),
    ]
  return [
    fail('bearer', 'the API refuses a token that these settings accept', {
      cause: 'it runs with other settings: another audience or issuer, or another clock',
      evidence,
      fix: 'compare AUTH0_DOMAIN, AUTH0_ISSUER and AUTH0_AUDIENCE here and where the API runs; or run doctor there',
    }),
  ]
}
