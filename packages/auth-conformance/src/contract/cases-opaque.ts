import { createProof } from '@acme/auth-testing'

import { asDpopUser, asUser, attack, demandedBy, honest } from './case.js'
import type { ContractClient } from './client.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import { AUDIENCE } from './fixture.js'
import type { IntrospectionAnswer } from './introspection.js'
import * as answer from './refusals.js'
import type { RawRequest } from './raw-http.js'

const ASKING = { configuration: 'introspection' } as const
const OUTAGE = { configuration: 'introspection down' } as const

/** A token about which this is answered, beside what makes it a good one. */
function tokenOf({ fixture }: ContractClient, differing: IntrospectionAnswer = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const good = { active: true, iss: fixture.issuer.issuer, aud: AUDIENCE, sub: 'user-1', iat: now, exp: now + 300 }
  return fixture.introspection.token({ ...good, ...differing })
}

const bearer = (c: ContractClient, differing: IntrospectionAnswer = {}, target = '/any'): Promise<RawRequest> =>
  c.bearer(tokenOf(c, differing), target)

/** A token that the answer says is bound to the client's key, with a proof of a key. */
async function dpop(c: ContractClient, key = c.fixture.clientKey): Promise<RawRequest> {
  const cnf = { jkt: c.fixture.clientKey.thumbprint }
  const accessToken = tokenOf(c, { cnf, token_type: 'DPoP' })
  const proof = await createProof({ key, url: c.url('/any'), accessToken })
  return c.request('/any', [
    ['Authorization', `DPoP ${accessToken}`],
    ['DPoP', proof],
  ])
}

const bad = (name: string, differing: IntrospectionAnswer, expected: Expected = answer.invalidToken()): ContractCase =>
  attack(name, expected, (c) => bearer(c, differing), ASKING)

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds

/** Opaque tokens: what they are good for, their issuer says when it is asked. */
export const opaqueCases: readonly ContractCase[] = [
  ...demandedBy('RFC 7662 §2.2', [
    honest('an active token', asUser, (c) => bearer(c), ASKING),
    honest('an active token with its type', asUser, (c) => bearer(c, { token_type: 'Bearer' }), ASKING),
    honest(
      'an active token with the scope',
      accepted({ sub: 'user-1', scheme: 'Bearer', scopes: ['read:messages'] }),
      (c) => bearer(c, { scope: 'read:messages' }, '/read'),
      ASKING,
    ),
    attack(
      'an active token without the scope',
      answer.missingScope({ parameters: ', scope="read:messages"' }),
      (c) => bearer(c, { scope: 'read:messages2' }, '/read'),
      ASKING,
    ),
    bad('a token that is not active', { active: false }),
    attack('a token that nobody knows', answer.invalidToken(), (c) => c.bearer('never-issued'), ASKING),
  ]),
  // The rule for any access token.
  ...demandedBy('RFC 9700 §2.3', [
    bad('a token for another audience', { aud: 'https://other.test/' }),
    bad('a token for other audiences', { aud: ['https://other.test/', `${AUDIENCE}other`] }),
  ]),
  ...demandedBy('RFC 9449 §6.2', [honest('a bound token with a proof', asDpopUser, (c) => dpop(c), ASKING)]),
  ...demandedBy('RFC 9449 §4.3 (12)', [
    attack(
      'a bound token with a proof of another key',
      answer.keyMismatch({ scheme: 'DPoP' }),
      (c) => dpop(c, c.fixture.otherKey),
      ASKING,
    ),
  ]),
  ...demandedBy('RFC 9110 §15.6', [
    attack('the issuer cannot be asked', answer.keysUnavailable(), (c) => bearer(c), OUTAGE),
  ]),

  // What RFCs leave open.
  honest('a JWT while the issuer cannot be asked', asUser, (c) => c.bearer(), OUTAGE),
  honest('no credentials while the issuer cannot be asked', answer.noCredentials(), (c) => c.request('/any'), OUTAGE),
  attack(
    'optional, and the issuer cannot be asked',
    answer.keysUnavailable(),
    (c) => bearer(c, {}, '/optional'),
    OUTAGE,
  ),
  attack(
    'a bound token as Bearer, opaque',
    answer.boundToken(),
    (c) => bearer(c, { cnf: { jkt: c.fixture.clientKey.thumbprint } }),
    ASKING,
  ),
  bad('an answer without an audience', { aud: undefined }),
  bad('an answer of another issuer', { iss: 'https://other.test/' }),
  bad('an answer that is active and expired', { exp: secondsAgo(60) }, answer.expiredToken()),
  bad('an answer of a refresh token', { token_type: 'refresh_token' }),
  bad('an answer whose "active" is text', { active: 'true' }, answer.keysUnavailable()),
  bad('an answer without "active"', { active: undefined }, answer.keysUnavailable()),
  attack('an opaque token where nobody is asked', answer.invalidToken(), (c) => bearer(c)),
]
