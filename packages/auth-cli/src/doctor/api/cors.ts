import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import type { HttpAnswer } from '../../http.js'
import type { Api } from './api.js'

const { pass, fail } = findingsOf('api')

const FIX =
  "in front of the guards: cors({ origin: 'THE-ORIGIN', allowedHeaders: ['authorization', 'dpop'], exposedHeaders: ['www-authenticate', 'dpop-nonce'] })"

/** Whether a page of an origin can call, and read why it was refused (Fetch §3.2). */
export async function checkCors({ url, send }: Api, origin: string): Promise<readonly Finding[]> {
  const asked = {
    origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization,dpop',
  }
  const preflight = await send(url, { method: 'OPTIONS', headers: asked })
  const refused = await send(url, { headers: { origin } })
  const fix = FIX.replace('THE-ORIGIN', origin)
  return [ofPreflight(preflight, origin, fix), ofRefusal(refused, origin, fix)]
}

function ofPreflight(answer: HttpAnswer, origin: string, fix: string): Finding {
  const allowed = namesIn(answer.headers['access-control-allow-headers'])
  // Fetch §4.8: a star does not stand for Authorization.
  const lacking = ['authorization', 'dpop'].filter(
    (name) => !allowed.includes(name) && !(name === 'dpop' && allowed.includes('*')),
  )
  const evidence = `OPTIONS: ${answer.status}, allow-origin ${answer.headers['access-control-allow-origin'] ?? '(none)'}, allow-headers ${allowed.join(' ') || '(none)'}`
  if (answer.status === 401) {
    const cause = 'the guard answers the preflight request, which carries no token (Fetch §3.2.2)'
    return fail('cors', 'a page cannot call: CORS stands behind the guard', { cause, evidence, fix })
  }
  if (answer.status >= 300 || !allows(answer, origin))
    return fail('cors', `pages of ${origin} may not call`, {
      cause: 'the preflight is not answered for it',
      evidence,
      fix,
    })
  if (lacking.length > 0)
    return fail('cors', 'a page may not send its token', { cause: `not allowed: ${lacking.join(', ')}`, evidence, fix })
  return pass('cors', `pages of ${origin} may call`, evidence)
}

function ofRefusal(answer: HttpAnswer, origin: string, fix: string): Finding {
  const exposed = namesIn(answer.headers['access-control-expose-headers'])
  const hidden = ['www-authenticate', 'dpop-nonce'].filter((name) => !exposed.includes(name) && !exposed.includes('*'))
  const evidence = `${answer.status}, allow-origin ${answer.headers['access-control-allow-origin'] ?? '(none)'}, expose-headers ${exposed.join(' ') || '(none)'}`
  if (!allows(answer, origin)) {
    const cause = 'the refusal has no CORS headers: to the page it is a network error'
    return fail('cors_challenge', 'a page cannot see why it was refused', { cause, evidence, fix })
  }
  if (hidden.length > 0) {
    const cause = `not exposed: ${hidden.join(', ')}; so no page can answer a challenge, or a demand for a nonce`
    return fail('cors_challenge', 'CORS hides the challenge from pages', { cause, evidence, fix })
  }
  return pass('cors_challenge', 'a page can read the challenge', evidence)
}

function allows({ headers }: HttpAnswer, origin: string): boolean {
  return ['*', origin].includes(headers['access-control-allow-origin'] ?? '')
}

function namesIn(value = ''): readonly string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
