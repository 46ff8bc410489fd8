import { createTestKey } from '@acme/auth-testing'
import type { AccessTokenOptions, ProofOptions } from '@acme/auth-testing'

import type { Chapter, Mistake } from './mistake.js'
import { AUDIENCE, CLIENT } from './world.js'

interface Given {
  readonly token?: AccessTokenOptions
  readonly proof?: Partial<ProofOptions>
  readonly args?: readonly string[]
}

const EXPLAIN = 'acme-auth explain --url https://api.example.com/me --token @token.txt'

function request(name: string, { token, proof, args = [] }: Given, says: Mistake['says'], fix: string): Mistake {
  return {
    name,
    atHand: proof === undefined ? 'a token, and what the route requires' : 'a token and a proof',
    command: [
      EXPLAIN,
      ...args.map((one) => (one.includes(' ') ? `'${one}'` : one)),
      ...(proof === undefined ? [] : ['--proof @proof.txt']),
    ].join(' '),
    says,
    fix,
    made: (world) => world.explain(token ?? world.bound, args, proof),
  }
}

export const OF_REQUESTS: Chapter = {
  title: 'Requests and proofs',
  mistakes: [
    request(
      'scope for permission',
      { token: { scope: 'read:x' }, args: ['--permission', 'read:x'] },
      /^requirements: .*read:x/,
      'grant the permission at the issuer',
    ),
    request(
      'another path as `htu`',
      { proof: { url: `${AUDIENCE}/v2/me` } },
      'proof URL: htu says path "/v2/me", computed "/me"',
      'a proxy may have taken off "/v2"',
    ),
    request(
      'another host as `htu`',
      { proof: { url: 'https://www.example.com/me' } },
      'proof URL: htu says host "www.example.com", computed "api.example.com"',
      'htu is the URL that the client calls',
    ),
    request(
      'one proof for two methods',
      { proof: {}, args: ['--method', 'POST'] },
      'proof method: htm says method "GET", the request has "POST"',
      'make a proof for each request',
    ),
    request(
      'a proof without `ath`',
      { proof: { claims: { ath: undefined } } },
      'proof token: ath is missing',
      'make the proof for the token that it is sent with',
    ),
    request(
      'a client whose clock is off',
      { proof: { now: Date.now() / 1000 - 3600 } },
      /^proof time: iat is [\d.]+ s ago/,
      'set the clock of the client right',
    ),
    request(
      'a proof without a `jti`',
      { proof: { claims: { jti: undefined } } },
      'proof id: jti is missing',
      'make proofs as RFC 9449 has them, best by a library, such as createDpopProof of @acme/auth-client',
    ),
    {
      ...request(
        'a proof by another key',
        { proof: {} },
        'key of the token',
        'sign the proof with the key that the token was requested with',
      ),
      made: async (world) => world.explain(world.bound, [], { key: await createTestKey('ES256') }),
    },
    request(
      'no proof beside a bound token',
      { args: ['--scheme', 'DPoP'] },
      'one proof',
      'send a proof in the header DPoP',
    ),
    request(
      'a bound token as Bearer',
      {},
      'binding: cnf.jkt, but sent as Bearer',
      'send it with the scheme DPoP, and a proof for each request',
    ),
    request(
      'a proof beside a token that is not bound',
      { token: {}, proof: {}, args: ['--scheme', 'Bearer'] },
      /./,
      'leave the DPoP header out',
    ),
    request(
      'a token that is not bound, as DPoP',
      { token: {}, proof: {} },
      'binding',
      'have it bound: send a proof with the token request',
    ),
    {
      ...request(
        'the scheme twice',
        { token: {}, args: ['--scheme', 'Bearer'] },
        'the scheme stands twice',
        'leave one out',
      ),
      made: async (world) => world.explain(`Bearer ${await world.issuer.accessToken()}`, ['--scheme', 'Bearer']),
    },
    request(
      'DPoP where it is off',
      { proof: {}, args: ['--dpop', 'disabled'] },
      'scheme: dpop.mode is disabled',
      'AUTH0_DPOP',
    ),
    request(
      'Bearer where DPoP is required',
      { token: {}, args: ['--dpop', 'required'] },
      'scheme: Bearer is not accepted here',
      'send it with the scheme DPoP',
    ),
    request(
      'a proxy in front that is not trusted',
      { proof: { url: 'https://shop.example.com/me' }, args: ['--header', 'x-forwarded-host: shop.example.com'] },
      'proof URL',
      'trust',
    ),
    {
      name: 'a login that is not strong enough',
      atHand: 'the URL of the API, and a token',
      command: 'acme-auth call https://api.example.com/transfer --token @token.txt',
      says: 'the route wants a stronger or more recent login',
      fix: 'acme-auth token login --acr "urn:example:mfa" --max-age 300',
      async made(world) {
        const api = await world.api({}, (app, { requireAuth }) => {
          const guard = requireAuth({ acr: 'urn:example:mfa', maxAge: 300 })
          app.get('/transfer', guard, (_request, response) => void response.json({}))
        })
        return world.run(['call', `${api.origin}/transfer`, '--token', '-'], {}, await world.issuer.accessToken())
      },
    },
    {
      name: 'a permission that the caller lacks',
      atHand: 'the URL of the API, and a token',
      command: 'acme-auth call https://api.example.com/admin --token @token.txt',
      says: 'the token lacks what the route requires, and no scope would mend that',
      fix: 'acme-auth why',
      async made(world) {
        const api = await world.api({}, (app, { requireAuth }) => {
          app.get('/admin', requireAuth({ permissions: ['admin'] }), (_request, response) => void response.json({}))
        })
        return world.run(['call', `${api.origin}/admin`, '--token', '-'], {}, await world.issuer.accessToken())
      },
    },
    {
      name: 'a bound token, called without its key',
      atHand: 'the URL of the API, and a token',
      command: 'acme-auth call https://api.example.com/me --token @token.txt',
      says: 'the token is bound to a key, and was sent as Bearer',
      fix: 'call with --dpop FILE',
      async made(world) {
        const { origin } = await world.api()
        return world.run(['call', `${origin}/me`, '--token', '-'], CLIENT, await world.issuer.accessToken(world.bound))
      },
    },
  ],
}
