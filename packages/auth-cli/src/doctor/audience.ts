import type { Settings } from './environment.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'

const { pass, warn } = findingsOf('audience')

/** Whether the audience looks like the identifier of an API. */
export function checkAudience({ audience, issuer }: Settings): readonly Finding[] {
  return audience.map(
    (one) => doubt(one, issuer) ?? pass('form', `${one}: to be equal to aud of tokens, to the letter`),
  )
}

function doubt(audience: string, issuer: string): Finding | undefined {
  const fix = 'AUTH0_AUDIENCE=the identifier of this API, as the dashboard of the issuer has it'
  const evidence = audience
  if (/^[A-Za-z0-9]{32}$/.test(audience)) {
    const cause = 'it has the form of a client id: ID tokens are for those, and would be taken for access tokens'
    return warn('form', 'the audience looks like a client', { cause, evidence, fix })
  }
  if (audience.endsWith('/userinfo')) {
    return warn('form', "the audience is the issuer's own /userinfo", {
      cause: 'tokens for it are not for this API',
      evidence,
      fix,
    })
  }
  if (audience.endsWith('/api/v2/') && audience.startsWith('https://') && issuer.includes(new URL(audience).hostname)) {
    return warn('form', 'the audience is the Management API of Auth0', {
      cause: 'tokens for it are not for this API',
      evidence,
      fix,
    })
  }
  if (audience === issuer)
    return warn('form', 'the audience is the issuer', { cause: 'aud names the API', evidence, fix })
  return undefined
}
