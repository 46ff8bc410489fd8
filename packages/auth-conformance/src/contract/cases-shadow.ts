import { asDpopUser, asUser, attack, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import * as answer from './refusals.js'

const SHADOW = { configuration: 'shadow' } as const
const asReader = (scheme: 'Bearer' | 'DPoP') => accepted({ sub: 'user-1', scheme, scopes: ['read:messages'] })

/** Settings that are tried, and would refuse each of these requests: the answers are those of the settings in force. */
export const shadowCases: readonly ContractCase[] = [
  honest('a Bearer token, which would be refused', asUser, (c) => c.bearer(), SHADOW),
  honest('a DPoP token, which would be refused', asDpopUser, (c) => c.dpop(), SHADOW),
  honest('a proof that would be too old', asDpopUser, (c) => c.dpop({ now: Date.now() / 1000 - 60 }), SHADOW),
  honest(
    'a token with the scope of its route',
    asReader('Bearer'),
    (c) => c.bearer({ scope: 'read:messages' }, '/read'),
    SHADOW,
  ),
  honest(
    "an application-wide guard, then a route's: one proof, used once",
    asReader('DPoP'),
    (c) => c.dpop({ token: { scope: 'read:messages' } }, '/app/read'),
    SHADOW,
  ),
  honest('no credentials', answer.noCredentials(), (c) => c.request('/any'), SHADOW),
  honest('no credentials, which are optional', accepted({ sub: null }), (c) => c.request('/optional'), SHADOW),
  honest('an expired token', answer.expiredToken(), (c) => c.bearer({ expiresIn: -60 }), SHADOW),
  honest(
    'no scope of the route',
    answer.missingScope({ parameters: ', scope="read:messages"' }),
    (c) => c.bearer({}, '/read'),
    SHADOW,
  ),
  attack(
    'a replayed proof',
    answer.replayedProof(),
    async (c) => {
      const request = await c.dpop()
      return [request, request]
    },
    SHADOW,
  ),
  attack('a bound token as Bearer', answer.boundToken(), async (c) => c.bearer(await c.boundToken()), SHADOW),
  attack(
    'the audience that is tried alone',
    answer.invalidToken(),
    (c) => c.bearer({ claims: { aud: 'https://tried.test/' } }),
    SHADOW,
  ),
]
