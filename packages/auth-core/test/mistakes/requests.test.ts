import { createTestIssuer, createTestKey } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RequirementArguments } from '../../src/authorization/requirement-types.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { bearer, createWorld, jwsText, NOW, refused, request } from '../support.js'

// What the developer of an API reads in the log when a client, or a setting, is wrong.

beforeAll(() => vi.stubEnv('NODE_ENV', 'development'))
afterAll(() => vi.unstubAllEnvs())

const world = await createWorld({}, { issuer: 'https://dev.issuer.test/' })
const { issuer, key } = world
const [stranger, rsa] = await Promise.all([createTestKey('ES256', { kid: 'k-9' }), createTestKey('RS256')])
const other = await createTestIssuer({ algorithm: 'ES256', issuer: 'https://prod.issuer.test/', now: world.clock.now })

/** A request, and the settings and the route that it meets. */
interface Sent {
  readonly request: ResourceRequest
  readonly options?: Partial<AuthOptions>
  readonly wanted?: RequirementArguments
  readonly twice?: boolean
}

/** What is wrong, how it is made, what is read in the log, and which words of that name the fix. */
type Row = readonly [mistake: string, make: () => Promise<Sent> | Sent, line: string, fix: string]

const text = (authorization: string | readonly string[], target = '/items'): Sent => ({
  request: request({ authorization, target }),
})
const token = async (
  options: Parameters<typeof issuer.accessToken>[0],
  more: Omit<Sent, 'request'> = {},
): Promise<Sent> => ({ request: bearer(await issuer.accessToken(options)), ...more })
const claims = (more: Readonly<Record<string, unknown>>): Promise<Sent> => token({ claims: more })
const dpop = async (...made: Parameters<typeof world.dpopRequest>): Promise<Sent> => ({
  request: await world.dpopRequest(...made),
})
const bound = (): Promise<string> => issuer.accessToken({ jkt: key.thumbprint })
const HEADER = JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: 'k-1' })

const CREDENTIALS: readonly Row[] = [
  [
    'an opaque token',
    () => text('Bearer 0pAqUe_t0k3n'),
    '401 token_invalid: not a JWT: not three segments; an opaque token is what Auth0 issues where the client did not ask for audience="https://api.test/"',
    'did not ask for audience="https://api.test/"',
  ],
  [
    'a token with dots that is no JWT',
    () => text('Bearer v2.local.c2VjcmV0'),
    '401 token_invalid: not a JWT: header is not UTF-8 in canonical base64url; an opaque token is what Auth0 issues where the client did not ask for audience="https://api.test/"',
    'did not ask for audience=',
  ],
  [
    'an encrypted token',
    () => text(`Bearer ${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..aXY.Y3Q.dGFn`),
    '401 token_invalid: not a JWT: payload is not UTF-8 in canonical base64url; an encrypted token (JWE): what Auth0 issues where the client did not ask for audience="https://api.test/", or where this API has encryption on',
    'encryption',
  ],
  [
    'the scheme twice',
    async () => text(`Bearer Bearer ${await issuer.accessToken()}`),
    '400 credentials_malformed: not a JWT: header is not UTF-8 in canonical base64url; the scheme is there twice: the client puts it before a value that has it',
    'the scheme is there twice',
  ],
  [
    'a token in quotes',
    async () => text(`Bearer "${await issuer.accessToken()}"`),
    '400 credentials_malformed: not a JWT: header is not UTF-8 in canonical base64url; the token is in quotes: send it without',
    'send it without',
  ],
  [
    'a token that is undefined',
    () => text('Bearer undefined'),
    '401 token_invalid: not a JWT: not three segments; the client sent the word "undefined": it had no token yet',
    'it had no token yet',
  ],
  [
    'the scheme forgotten',
    async () => text(await issuer.accessToken()),
    '401 credentials_missing: another scheme than Bearer and DPoP; the scheme is missing: want Authorization: Bearer and the token',
    'the scheme is missing',
  ],
  [
    'two Authorization headers',
    async () => text([`Bearer ${await issuer.accessToken()}`, 'Basic YTpi']),
    '400 credentials_repeated: 2 Authorization headers',
    '2 Authorization headers',
  ],
  [
    'a token in the query',
    () => ({ request: request({ target: '/items?access_token=t' }) }),
    '401 credentials_missing: a token in the query is not read: want Authorization: Bearer',
    'want Authorization: Bearer',
  ],
  [
    'a key as token',
    () => text(`Bearer ${'k'.repeat(17_000)}`),
    '400 token_too_large: 17000 characters',
    '17000 characters',
  ],
]

const TOKENS: readonly Row[] = [
  [
    'a token of another tenant',
    async () => ({ request: bearer(await other.accessToken()) }),
    '401 token_invalid: iss is "https://prod.issuer.test/"; want a trusted issuer; "https://dev.issuer.test/" is configured: a token of another tenant or environment',
    'another tenant or environment',
  ],
  [
    'a token of somebody else',
    () => claims({ iss: 'https://elsewhere.example/' }),
    '401 token_invalid: iss is "https://elsewhere.example/"; want a trusted issuer',
    'want a trusted issuer',
  ],
  [
    'an issuer without the slash',
    () => claims({ iss: 'https://dev.issuer.test' }),
    '401 token_invalid: iss is "https://dev.issuer.test"; want a trusted issuer; "https://dev.issuer.test/" is configured, which differs by a slash at the end: if that issuer is meant, set issuer (AUTH0_ISSUER) to "https://dev.issuer.test"',
    'set issuer (AUTH0_ISSUER) to "https://dev.issuer.test"',
  ],
  [
    'an issuer in capitals',
    () => claims({ iss: 'https://Dev.issuer.test/' }),
    '401 token_invalid: iss is "https://Dev.issuer.test/"; want a trusted issuer; "https://dev.issuer.test/" is configured, which differs by letter case: if that issuer is meant, set issuer (AUTH0_ISSUER) to "https://Dev.issuer.test/"',
    'letter case',
  ],
  [
    'an issuer by http',
    () => claims({ iss: 'http://dev.issuer.test/' }),
    '401 token_invalid: iss is "http://dev.issuer.test/"; want a trusted issuer; "https://dev.issuer.test/" is configured, which differs by the scheme: have the issuer put its https URL into iss',
    'have the issuer put its https URL into iss',
  ],
  [
    'an issuer on another port',
    () => claims({ iss: 'https://dev.issuer.test:8443/' }),
    '401 token_invalid: iss is "https://dev.issuer.test:8443/"; want a trusted issuer; "https://dev.issuer.test/" is configured, which differs by the port: if that issuer is meant, set issuer (AUTH0_ISSUER) to "https://dev.issuer.test:8443/"',
    'the port',
  ],
  [
    'an issuer without a scheme',
    () => claims({ iss: 'dev.issuer.test' }),
    '401 token_invalid: iss is "dev.issuer.test"; want a trusted issuer; "https://dev.issuer.test/" is configured, which differs by the scheme and a slash at the end: have the issuer put its https URL into iss',
    'have the issuer put its https URL into iss',
  ],
  [
    'a token without an issuer',
    () => claims({ iss: undefined }),
    '401 token_invalid: iss is missing; want a trusted issuer',
    'want a trusted issuer',
  ],
  [
    'another audience',
    () => claims({ aud: 'https://other.example/' }),
    '401 token_invalid: aud is "https://other.example/", accepted is "https://api.test/"',
    'accepted is "https://api.test/"',
  ],
  [
    'an audience without the slash',
    () => claims({ aud: 'https://api.test' }),
    '401 token_invalid: aud is "https://api.test", accepted is "https://api.test/"; "https://api.test" and "https://api.test/" differ by a slash at the end: the option audience must be equal to the letter',
    'differ by a slash at the end',
  ],
  [
    'an audience in capitals',
    () => claims({ aud: 'https://API.test/' }),
    '401 token_invalid: aud is "https://API.test/", accepted is "https://api.test/"; "https://API.test/" and "https://api.test/" differ by case: the option audience must be equal to the letter',
    'differ by case',
  ],
  [
    'a token for /userinfo',
    () => claims({ aud: ['https://dev.issuer.test/userinfo'] }),
    '401 token_invalid: aud is "[\\u0022https://dev.issuer.test/userinfo\\u0022]", accepted is "https://api.test/"; it is for the issuer\'s own /userinfo: have the client ask for audience="https://api.test/"',
    'ask for audience="https://api.test/"',
  ],
  [
    'an ID token of Auth0',
    () => token({ claims: { aud: 'spa-1', nonce: 'n', client_id: undefined }, header: { typ: 'JWT' } }),
    '401 token_invalid: aud is "spa-1", accepted is "https://api.test/"; this looks like an ID token, whose aud is the client: send the access token',
    'send the access token',
  ],
  [
    'an ID token of others',
    () => claims({ aud: 'spa-1', azp: 'spa-1', at_hash: 'x' }),
    '401 token_invalid: this is an ID token, not an access token: it has at_hash',
    'not an access token',
  ],
  [
    'an ID token without nonce',
    () => claims({ aud: 'spa-1', azp: 'spa-1' }),
    '401 token_invalid: aud is "spa-1", accepted is "https://api.test/"; this looks like an ID token, whose aud is the client: send the access token',
    'send the access token',
  ],
  [
    'an expired token',
    () => token({ expiresIn: -60 }),
    '401 token_expired: expired 60 s ago; tolerance 5 s',
    'expired 60 s ago',
  ],
  [
    'the clock of the issuer ahead',
    () => claims({ iat: NOW + 300 }),
    '401 token_invalid: iat is 300 s ahead; tolerance 5 s',
    '300 s ahead; tolerance 5 s',
  ],
  [
    'a token that is not good yet',
    () => claims({ nbf: NOW + 7 }),
    '401 token_invalid: nbf is 7 s ahead; tolerance 5 s',
    'tolerance 5 s',
  ],
  [
    'times in milliseconds',
    () => claims({ iat: NOW * 1000, exp: NOW * 1000 + 60 }),
    '401 token_invalid: iat is 1758240000000 s ahead; tolerance 5 s; in milliseconds? want seconds since the epoch',
    'want seconds since the epoch',
  ],
  [
    'times as text',
    () => claims({ exp: '2030-01-01' }),
    '401 token_invalid: exp is "2030-01-01", want seconds since the epoch',
    'want seconds since the epoch',
  ],
  [
    'a key that the issuer lacks',
    () => token({ key: stranger }),
    `401 token_invalid: issuer has no such ES256 key: kid is "k-9"; it has "${issuer.signingKey.kid}": is the token of another environment?`,
    'is the token of another environment?',
  ],
  [
    'a forged token',
    () => token({ signature: 'flipped' }),
    "401 token_invalid: signature does not match the issuer's key",
    "does not match the issuer's key",
  ],
  [
    'a token signed with a secret',
    () => token({ header: { alg: 'HS256' } }),
    '401 token_invalid: alg is "HS256", accepted is RS256 PS256 ES256 EdDSA',
    'accepted is RS256',
  ],
  [
    'an unsigned token',
    () => text(`Bearer ${jwsText('{"alg":"none"}', JSON.stringify({ iss: issuer.issuer }))}`),
    '401 token_invalid: alg is "none", accepted is RS256 PS256 ES256 EdDSA',
    'accepted is RS256',
  ],
  [
    'a logout token',
    () => token({ header: { typ: 'logout+jwt' } }),
    '401 token_invalid: typ is "logout+jwt", accepted is at+jwt application/at+jwt jwt none',
    'accepted is at+jwt',
  ],
  [
    'a token that is cut off',
    async () => text(`Bearer ${(await issuer.accessToken()).slice(0, 200)}`),
    '401 token_invalid: not a JWT: not three segments; its end is missing: was it cut off on the way?',
    'not three segments',
  ],
  [
    'a payload that is not JSON',
    () => text(`Bearer ${jwsText(HEADER, 'sub=1')}`),
    '401 token_invalid: not a JWT: payload is not JSON',
    'payload is not JSON',
  ],
]

const ROUTES: readonly Row[] = [
  [
    'a scope that is not granted',
    () => token({ scope: 'read:a' }, { wanted: ['read:a write:a'] }),
    '403 scope_missing: lacks write:a',
    'lacks write:a',
  ],
  [
    'a permission asked for as scope',
    () => token({ claims: { permissions: ['read:a', 'x'] } }, { wanted: ['read:a'] }),
    "403 scope_missing: lacks read:a; the token has it under permissions: want { permissions: ['read:a'] }",
    "want { permissions: ['read:a'] }",
  ],
  [
    'a permission asked for as any scope',
    () => token({ claims: { permissions: ['read:a'] } }, { wanted: [{ anyScope: 'read:a read:b' }] }),
    "403 scope_missing: lacks every one of read:a read:b; the token has it under permissions: want { permissions: ['read:a'] }",
    "want { permissions: ['read:a'] }",
  ],
  [
    'a scope asked for as permission',
    () => token({ scope: 'read:a' }, { wanted: [{ permissions: 'read:a' }] }),
    "403 permission_missing: lacks read:a; the token has it under scopes: want { scopes: ['read:a'] }",
    "want { scopes: ['read:a'] }",
  ],
  [
    'a claim that is missing',
    () => token({}, { wanted: [{ claims: { org_id: 'o' } }] }),
    '403 claim_missing: claim org_id is missing',
    'claim org_id is missing',
  ],
  [
    'a token of a user where a machine is wanted',
    () => token({}, { wanted: [{ clientCredentials: true }] }),
    "403 client_required: the token does not carry its issuer's mark of machines",
    "its issuer's mark of machines",
  ],
  [
    'a login that is too old',
    () => token({ claims: { auth_time: NOW - 400 } }, { wanted: [{ maxAge: 300 }] }),
    '401 login_insufficient: auth_time is 400 s ago; at most 300 s, tolerance 5 s',
    'at most 300 s',
  ],
]

const PROOFS: readonly Row[] = [
  [
    'a bound token as Bearer',
    async () => ({ request: bearer(await bound()) }),
    '401 token_bound: cnf.jkt, but sent as Bearer; send it with the scheme DPoP, and a proof for each request',
    'send it with the scheme DPoP',
  ],
  [
    'an unbound token as DPoP',
    async () => text(`DPoP ${await issuer.accessToken()}`),
    '401 token_unbound: no cnf.jkt; send it as Bearer, or have it bound: send a proof with the token request',
    'send it as Bearer',
  ],
  [
    'a proof beside a Bearer token',
    async () => ({ request: bearer(await issuer.accessToken(), { dpop: 'proof' }) }),
    '400 proof_with_bearer: the token is not bound to a key; leave the DPoP header out, or have it bound: send a proof with the token request',
    'leave the DPoP header out',
  ],
  [
    'Bearer where DPoP is required',
    () => token({}, { options: { dpop: { mode: 'required' } } }),
    '400 dpop_required: Bearer is not accepted here; send it with the scheme DPoP, and a proof for each request',
    'scheme DPoP',
  ],
  [
    'DPoP where it is disabled',
    async () => ({ ...(await dpop()), options: { dpop: { mode: 'disabled' } } }),
    '400 dpop_disabled: dpop.mode is disabled; send it as Bearer, or allow the scheme: dpop.mode (AUTH0_DPOP)',
    'dpop.mode (AUTH0_DPOP)',
  ],
  ['no proof', async () => text(`DPoP ${await bound()}`), '400 proof_missing', 'proof_missing'],
  ['two proofs', async () => dpop({}, { dpop: ['a', 'b'] }), '400 proof_repeated', 'proof_repeated'],
  [
    'a proof that was used before',
    async () => ({ ...(await dpop()), twice: true }),
    '400 proof_replayed: want a new proof, with a jti of its own, for each request and each retry',
    'a jti of its own',
  ],
  [
    'a proof by an RSA key',
    async () => dpop({ key: rsa }),
    '400 proof_malformed: alg is "RS256", accepted is ES256',
    'accepted is ES256',
  ],
  [
    'a proof by another key',
    async () => dpop({ key: stranger }),
    '401 key_mismatch: cnf.jkt is another key than the proof has; sign the proof with the key that the token was requested with',
    'the key that the token was requested with',
  ],
  [
    'a proof with the private key',
    async () => dpop({ header: { jwk: { ...key.publicJwk, d: 'd' } } }),
    '400 proof_key: jwk has private members',
    'private',
  ],
  [
    'a proof for another method',
    async () => dpop({ method: 'POST' }),
    '400 proof_method: htm says method "POST", the request has "GET"; redirects with 301, 302 and 303 make GET of it',
    'GET',
  ],
  [
    'a proof without ath',
    async () => dpop({ claims: { ath: undefined } }),
    '400 proof_token: ath is missing',
    'ath is missing',
  ],
  [
    'a proof of another URL',
    async () => dpop({ url: 'https://api.test/other' }),
    '400 proof_url: htu says path "/other", computed "/items"; the proof is for another path',
    'another path',
  ],
  [
    'a proof with a slash too many',
    async () => dpop({ url: 'https://api.test/items/' }),
    '400 proof_url: htu says path "/items/", computed "/items"; a slash at the end counts',
    'a slash at the end counts',
  ],
  [
    'the URL behind the proxy',
    async () => dpop({ url: 'https://api.test/items' }, { scheme: 'http', host: 'api:3000' }),
    '400 proof_url: htu says scheme https, computed http from the connection; no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme), and trust it with the framework\'s own setting. htu says host "api.test", computed "api:3000" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host, and trust it with the framework\'s own setting',
    'X-Forwarded-Proto',
  ],
  [
    'a proxy that is not trusted',
    async () => dpop({}, { scheme: 'http', headers: ['X-Forwarded-Proto', 'https'] }),
    '400 proof_url: htu says scheme https, computed http from the connection; X-Forwarded-Proto says "https", but the peer "192.0.2.1" is not trusted: if it is your proxy, trust it with the framework\'s own setting',
    'if it is your proxy, trust it',
  ],
  [
    'an origin that is not public',
    async () => ({ ...(await dpop()), options: { publicOrigins: ['https://www.api.test'] } }),
    '400 url_unknown: origin "https://api.test" is not one of publicOrigins. publicOrigins has host "www.api.test", computed "api.test" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host, and trust it with the framework\'s own setting',
    'publicOrigins has',
  ],
  [
    'an old proof',
    async () => dpop({ now: NOW - 400 }),
    '400 proof_time: iat is 400 s ago; proofMaxAge 300 s, tolerance 30 s',
    'proofMaxAge 300 s',
  ],
  [
    'the clock of the client ahead',
    async () => dpop({ now: NOW + 60 }),
    '400 proof_time: iat is 60 s ahead; tolerance 30 s',
    'tolerance 30 s',
  ],
  [
    'a proof in milliseconds',
    async () => dpop({ now: NOW * 1000 }),
    '400 proof_time: iat is 1758240000000 s ahead; tolerance 30 s; in milliseconds? want seconds since the epoch',
    'want seconds since the epoch',
  ],
  [
    'a nonce wanted',
    async () => ({ ...(await dpop()), options: { dpop: { nonce: { secret: 's'.repeat(32) } } } }),
    '401 nonce_required: the proof has no nonce; want the DPoP-Nonce of this answer in the next proof',
    'want the DPoP-Nonce of this answer',
  ],
  [
    'a nonce of somebody else',
    async () => ({ ...(await dpop({ nonce: 'n' })), options: { dpop: { nonce: { secret: 's'.repeat(32) } } } }),
    '401 nonce_stale: nonce is none of this server',
    'none of this server',
  ],
]

describe.each([
  ['credentials', CREDENTIALS],
  ['tokens', TOKENS],
  ['routes', ROUTES],
  ['proofs', PROOFS],
])('%s: what is read of', (_, rows) => {
  it.each(rows)('%s', async (_mistake, make, line, fix) => {
    const { log, body } = await seen(await make())
    expect(log).toBe(line)
    expect(log).toContain(fix)
    // None of it is for the client.
    expect(Object.keys(JSON.parse(body))).toEqual(['error', 'error_description', 'code', 'correlation_id'])
    expect(body).not.toContain(fix)
  })
})

async function seen({ request: sent, options = {}, wanted, twice = false }: Sent): Promise<Seen> {
  const lines: string[] = []
  const server = world.serve({ onEvent: undefined, ...options })
  const log = (_level: string, line: string): void => void lines.push(line)
  if (twice) await server.authenticate({ ...sent, identity: {}, log })
  const outcome = await server.authenticate({ ...sent, log }, wanted && server.requirements(...wanted))
  const [, line = ''] = /^acme-auth: refused GET \/items, (.*) \(correlation id .*\)$/.exec(lines.join('\n')) ?? []
  return { log: line, body: refused(outcome).body }
}

interface Seen {
  /** Status, reason and detail: the line without what frames it. */
  readonly log: string
  readonly body: string
}
