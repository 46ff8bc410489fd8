import { createProof } from '@acme/auth-testing'

import type { Chapter, Mistake } from './mistake.js'
import { AUDIENCE, PUBLIC } from './world.js'
import type { World } from './world.js'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(
  name: string,
  given: Parameters<World['inspect']>[0] | ((world: World) => Promise<string>),
  says: Mistake['says'],
  fix: string,
): Mistake {
  return {
    name,
    atHand: 'a token',
    command: 'acme-auth inspect @token.txt',
    says,
    fix,
    made: async (world) => world.inspect(typeof given === 'function' ? await given(world) : given),
  }
}

const SIGN = 'have the issuer sign access tokens with RS256 or ES256'

export const OF_TOKENS: Chapter = {
  title: 'Tokens',
  mistakes: [
    token(
      'an audience with a slash too much',
      { claims: { aud: `${AUDIENCE}/` } },
      'audience: aud is',
      'differ by a slash at the end',
    ),
    token(
      'a token for /userinfo',
      { claims: { aud: 'https://t.auth0.com/userinfo' } },
      'audience: aud is "https://t.auth0.com/userinfo"',
      `have the client ask for audience="${AUDIENCE}"`,
    ),
    {
      ...token(
        'iss without its slash',
        { claims: { iss: 'https://t.auth0.com' } },
        'issuer: iss is "https://t.auth0.com"',
        'which differs by a slash at the end',
      ),
      made: (world) => world.inspect({ claims: { iss: 'https://t.auth0.com' } }, ['--issuer', 'https://t.auth0.com/']),
    },
    token('a token that expired', { expiresIn: -3600 }, /^expiry: expired \d+ s ago/, 'the client gets a new token'),
    token(
      'times in milliseconds',
      { claims: { iat: Date.now() } },
      'iat is in milliseconds, where seconds are wanted',
      'Math.floor(Date.now() / 1000)',
    ),
    token(
      'a token that never ends',
      { claims: { exp: undefined } },
      'no exp: it never ends',
      'give access tokens a life',
    ),
    token('a token signed with a shared secret', { header: { alg: 'HS256' } }, 'alg is HS256', SIGN),
    token('a token without a signature', { header: { alg: 'none' } }, 'alg is none', SIGN),
    token(
      'a logout token',
      { header: { typ: 'logout+jwt' } },
      'a logout token, which no API takes',
      'send the access token',
    ),
    token(
      'an ID token of Cognito or Keycloak',
      { claims: { token_use: 'id' } },
      'an ID token, by its own words',
      'send access_token of the token response',
    ),
    token(
      'a refresh token of Keycloak',
      { claims: { typ: 'Refresh' } },
      'a refresh token, by its own words',
      'send access_token of the token response, and not refresh_token',
    ),
    token(
      'a proof in place of the token',
      ({ key }) => createProof({ key, url: PUBLIC }),
      'a DPoP proof, which goes into the DPoP header',
      'Authorization: DPoP',
    ),
    token(
      'an encrypted token (JWE)',
      `${part({ alg: 'dir' })}.AAAA.AAAA.AAAA.AAAA`,
      'token form: not a JWT',
      `where the client did not ask for audience="${AUDIENCE}", or where this API has encryption on`,
    ),
    token(
      'an SD-JWT',
      async ({ issuer }) => `${await issuer.accessToken()}~${part(['salt', 'name', 'ada'])}~`,
      'an SD-JWT, with disclosures',
      'have the client ask for an access token',
    ),
    token(
      'a nested JWT',
      async ({ issuer }) =>
        `${part({ alg: 'ES256', cty: 'JWT' })}.${Buffer.from(await issuer.accessToken()).toString('base64url')}.AAAA`,
      'a nested JWT: what is signed is another token',
      'take the inner token out of it',
    ),
    token('the word undefined', 'undefined', 'token form: not a JWT', 'the client sent the word "undefined"'),
    token(
      'quotes around the token',
      '"eyJhbGciOiJFUzI1NiJ9.e30.AAAA"',
      'token form: not a JWT',
      'the token is in quotes: send it without',
    ),
    token(
      'a token that was changed',
      async ({ issuer }) => (await issuer.accessToken()).replace(/\.[^.]*$/, ''),
      'token form: not a JWT: not three segments',
      'ask the issuer for a token with the audience of this API',
    ),
    {
      ...token(
        'a signature of another key',
        { signature: 'flipped' },
        'signature: signature does not match',
        'send the token whole, as it was issued',
      ),
      command: 'acme-auth inspect @token.txt --verify',
      made: (world) => world.inspect({ signature: 'flipped' }, ['--verify']),
    },
  ],
}
