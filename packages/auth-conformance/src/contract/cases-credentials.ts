import { asDpopUser, asUser, attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import * as answer from './refusals.js'

const ID = '7f3c-request.1'

/** How credentials are read: RFC 6750 §2.1, RFC 9110 §11.4, RFC 9449 §7.1 and §7.2. */
export const credentialsCases: readonly ContractCase[] = [
  ...demandedBy('RFC 6750 §3.1', [
    honest('no credentials', answer.noCredentials(), (c) => c.request('/any')),
    honest(
      'no credentials: the challenge has the scopes of the route',
      answer.noCredentials('allowed', 'read:messages write:messages'),
      (c) => c.request('/both'),
    ),
    honest('a POST without credentials', answer.noCredentials(), (c) =>
      c.request('/any', [['Content-Length', '0']], 'POST'),
    ),
    honest('Basic credentials', answer.noCredentials(), (c) => c.authorization('Basic dXNlcjpwYXNz')),
    honest('Digest credentials', answer.noCredentials(), (c) => c.authorization('Digest username="u", realm="r"')),
    attack('a scheme named like a member of objects', answer.noCredentials(), (c) => c.authorization('constructor x')),
    attack('a scheme named __proto__', answer.noCredentials(), (c) => c.authorization('__proto__ x')),
    attack('Bearer with nothing', answer.malformedCredentials(), (c) => c.authorization('Bearer')),
    attack('a token with non-ASCII characters', answer.malformedCredentials(), (c) =>
      c.authorization('Bearer t\u00f6ken'),
    ),
    attack('a token in quotes', answer.malformedCredentials(), (c) => c.authorization('Bearer "abc"')),
    attack('padding within the token', answer.malformedCredentials(), (c) => c.authorization('Bearer a=b')),
  ]),

  ...demandedBy('RFC 9110 §15.5.2', [
    honest('no credentials where DPoP is required', answer.noCredentials('required'), (c) => c.request('/any'), {
      configuration: 'required',
    }),
    honest('no credentials where DPoP is disabled', answer.noCredentials('disabled'), (c) => c.request('/any'), {
      configuration: 'disabled',
    }),
  ]),

  ...demandedBy('RFC 9110 §9.3.2', [
    honest('a HEAD request without credentials', { ...answer.noCredentials(), headOnly: true }, (c) =>
      c.request('/any', [], 'HEAD'),
    ),
  ]),

  ...demandedBy('RFC 6750 §2.1', [
    honest('a good Bearer token', asUser, (c) => c.bearer()),
    honest('a good Bearer token where DPoP is disabled', asUser, (c) => c.bearer(), { configuration: 'disabled' }),
    honest('several spaces after the scheme', asUser, async (c) =>
      c.authorization(`Bearer   ${await c.issuer.accessToken()}`),
    ),
  ]),

  ...demandedBy('RFC 9110 §11.1', [
    honest('the scheme in lower case', asUser, async (c) => c.authorization(`bearer ${await c.issuer.accessToken()}`)),
    honest('the scheme in upper case', asUser, async (c) => c.authorization(`BEARER ${await c.issuer.accessToken()}`)),
  ]),

  ...demandedBy('RFC 9110 §5.5', [
    honest('trailing spaces, which HTTP drops', asUser, async (c) =>
      c.authorization(`Bearer ${await c.issuer.accessToken()}   `),
    ),
  ]),

  ...demandedBy('RFC 9110 §5.1', [
    honest('the header name in any case', asUser, async (c) =>
      c.request('/any', [['aUTHORIZATION', `Bearer ${await c.issuer.accessToken()}`]]),
    ),
  ]),

  ...demandedBy('RFC 9449 §7.1', [
    attack('DPoP with nothing', answer.malformedCredentials({ scheme: 'DPoP' }), (c) => c.authorization('DPoP')),
    attack('an unbound token as DPoP', answer.unboundToken({ scheme: 'DPoP' }), (c) =>
      c.dpop({ token: { claims: { cnf: undefined } } }),
    ),
  ]),

  ...demandedBy('RFC 9449 §7.2', [
    attack('a bound token as Bearer', answer.boundToken(), async (c) =>
      c.authorization(`Bearer ${await c.boundToken()}`),
    ),
    attack('a bound token as Bearer, with its proof', answer.boundToken(), async (c) => {
      const [[, authorization = ''] = [], proof = ['DPoP', '']] = await c.dpopHeaders('/any')
      return c.request('/any', [['Authorization', authorization.replace('DPoP', 'Bearer')], proof])
    }),
  ]),

  ...demandedBy('RFC 9110 §15.6', [
    honest(
      'the issuer is down before its keys were ever fetched',
      answer.keysUnavailable(),
      async (c) => c.bearer(await c.fixture.deadIssuer.accessToken()),
      { configuration: 'dead issuer' },
    ),
  ]),

  // What RFCs leave open.
  honest('no credentials on a route that requires DPoP', answer.noCredentials('required'), (c) =>
    c.request('/dpop-only'),
  ),
  honest('a token without a scheme', answer.noCredentials(), async (c) =>
    c.authorization(await c.issuer.accessToken()),
  ),
  honest('a request identifier comes back', { ...answer.noCredentials(), correlationId: ID }, (c) =>
    c.request('/any', [['X-Request-Id', ID]]),
  ),
  attack('an empty Authorization header', answer.malformedCredentials(), (c) => c.authorization('')),
  attack('Bearer with two tokens', answer.malformedCredentials(), async (c) =>
    c.authorization(`Bearer ${await c.issuer.accessToken()} ${await c.issuer.accessToken()}`),
  ),
  attack('Bearer with two tokens and a comma', answer.malformedCredentials(), async (c) =>
    c.authorization(`Bearer ${await c.issuer.accessToken()}, ${await c.issuer.accessToken()}`),
  ),
  attack('two credentials in one line', answer.malformedCredentials(), async (c) =>
    c.authorization(`Bearer ${await c.issuer.accessToken()}, Basic dXNlcjpwYXNz`),
  ),
  attack('a tab after the scheme', answer.malformedCredentials(), async (c) =>
    c.authorization(`Bearer\t${await c.issuer.accessToken()}`),
  ),
  attack('a tab within the token', answer.malformedCredentials(), async (c) =>
    c.authorization(`Bearer ${await c.issuer.accessToken()}\tx`),
  ),
  attack('a scheme with non-ASCII characters', answer.malformedCredentials(), (c) =>
    c.authorization('B\u00e9arer abc'),
  ),
  attack('two Authorization lines', answer.repeatedCredentials(), async (c) => {
    const value = `Bearer ${await c.issuer.accessToken()}`
    return c.request('/any', [
      ['Authorization', value],
      ['Authorization', value],
    ])
  }),
  attack('a good token behind an unknown scheme', answer.repeatedCredentials(), async (c) =>
    c.request('/any', [
      ['Authorization', 'Basic dXNlcjpwYXNz'],
      ['Authorization', `Bearer ${await c.issuer.accessToken()}`],
    ]),
  ),
  attack('a good token in front of a DPoP one', answer.repeatedCredentials(), async (c) =>
    c.request('/any', [['Authorization', `Bearer ${await c.issuer.accessToken()}`], ...(await c.dpopHeaders('/any'))]),
  ),
  attack('a token in the query', answer.noCredentials(), async (c) =>
    c.request(`/any?access_token=${await c.issuer.accessToken()}`),
  ),
  attack('a token above 16 KiB', answer.tokenTooLarge(), (c) => c.authorization(`Bearer ${'a'.repeat(16 * 1024 + 1)}`)),
  attack('a token of just 16 KiB', answer.invalidToken(), (c) => c.authorization(`Bearer ${'a'.repeat(16 * 1024)}`)),
  attack('a request identifier with quotes', answer.noCredentials(), (c) =>
    c.request('/any', [['X-Request-Id', 'a"b']]),
  ),
  attack('a request identifier that is too long', answer.noCredentials(), (c) =>
    c.request('/any', [['X-Request-Id', 'a'.repeat(129)]]),
  ),
  attack('two request identifiers', answer.noCredentials(), (c) =>
    c.request('/any', [
      ['X-Request-Id', 'a'],
      ['X-Request-Id', 'b'],
    ]),
  ),
  honest('optional: nothing', accepted({ sub: null }), (c) => c.request('/optional')),
  honest('optional: a good token', asUser, (c) => c.bearer({}, '/optional')),
  honest('optional: a good DPoP token', asDpopUser, (c) => c.dpop({}, '/optional')),
  attack('optional: an expired token', answer.expiredToken(), (c) => c.bearer({ expiresIn: -60 }, '/optional')),
  attack('optional: malformed credentials', answer.malformedCredentials(), (c) =>
    c.authorization('Bearer', '/optional'),
  ),
  attack('optional: another scheme', answer.noCredentials(), (c) => c.authorization('Basic dXNlcjpwYXNz', '/optional')),
  attack(
    'Bearer where DPoP is required',
    answer.dpopRequired({ scheme: 'DPoP', mode: 'required' }),
    (c) => c.bearer(),
    {
      configuration: 'required',
    },
  ),
  attack('Bearer on a route that requires DPoP', answer.dpopRequired({ scheme: 'DPoP', mode: 'required' }), (c) =>
    c.bearer({}, '/dpop-only'),
  ),
  attack('DPoP where it is disabled', answer.dpopDisabled({ mode: 'disabled' }), (c) => c.dpop(), {
    configuration: 'disabled',
  }),
  attack(
    'a bound token as Bearer where DPoP is required',
    answer.boundToken({ scheme: 'DPoP', mode: 'required' }),
    async (c) => c.bearer(await c.boundToken()),
    { configuration: 'required' },
  ),
  attack(
    'a bound token as Bearer where DPoP is disabled',
    answer.boundToken({ mode: 'disabled' }),
    async (c) => c.bearer(await c.boundToken()),
    { configuration: 'disabled' },
  ),
  attack('an unbound Bearer token with a proof', answer.proofWithBearer(), async (c) => {
    const [, proof = ['DPoP', '']] = await c.dpopHeaders('/any')
    return c.request('/any', [['Authorization', `Bearer ${await c.issuer.accessToken()}`], proof])
  }),
  attack('a forged issuer while the issuer is down', answer.invalidToken(), (c) => c.bearer(), {
    configuration: 'dead issuer',
  }),
]
