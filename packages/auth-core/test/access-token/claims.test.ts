import { describe, expect, it } from 'vitest'
import { requireIssuerClaims } from '../../src/access-token/issuer-claims.js'
import { DEFAULT_SHAPE } from '../../src/access-token/claim-mapping.js'
import { verifyClaims } from '../../src/access-token/claims.js'
import type { ClaimsPolicy } from '../../src/access-token/claims.js'
import { AUDIENCE, NOW, bearer, createWorld, errorOf, verdict } from '../support.js'

const GOOD = { iss: 'https://issuer.test/', aud: AUDIENCE, exp: NOW + 60 }
function trusted(audience: readonly string[]): ClaimsPolicy['issuer'] {
  return {
    audience,
    audienceFrom: undefined,
    tenants: undefined,
    shape: DEFAULT_SHAPE,
    requireClaims: requireIssuerClaims,
  }
}

const POLICY: ClaimsPolicy = { issuer: trusted([AUDIENCE]), now: NOW, clockTolerance: 5, tokenProfile: 'any' }

type Claims = Readonly<Record<string, unknown>>

async function reasonOf(claims: Claims, policy: Partial<ClaimsPolicy> = {}): Promise<string> {
  const verify = (): unknown => verifyClaims({ ...GOOD, ...claims }, { ...POLICY, ...policy })
  try {
    verify()
    return 'ok'
  } catch {
    return (await errorOf(verify)).reason
  }
}

const NO_TIMES: readonly unknown[] = [
  undefined,
  null,
  '',
  'soon',
  String(NOW + 60),
  true,
  false,
  [],
  [NOW + 60],
  {},
  { value: NOW },
  NaN,
  Infinity,
  -Infinity,
  -1,
  -0.5,
  -1e308,
  1e308,
  8_640_000_000_001,
  Number.MAX_SAFE_INTEGER,
]
const NO_TEXTS: readonly unknown[] = [null, 0, 1, true, false, [], ['a'], {}, NaN]

describe('types of registered claims', () => {
  it.each(NO_TIMES)('exp: %o', async (exp) => {
    expect(await reasonOf({ exp })).toBe('token_invalid')
  })

  it.each(NO_TIMES.slice(1))('nbf: %o', async (nbf) => {
    expect(await reasonOf({ nbf })).toBe('token_invalid')
  })

  it.each(NO_TIMES.slice(1))('iat: %o', async (iat) => {
    expect(await reasonOf({ iat })).toBe('token_invalid')
  })

  it.each([undefined, ...NO_TEXTS])('iss: %o', async (iss) => {
    expect(await reasonOf({ iss })).toBe('token_invalid')
  })

  it.each(NO_TEXTS)('sub: %o', async (sub) => {
    expect(await reasonOf({ sub })).toBe('token_invalid')
  })

  it.each(NO_TEXTS)('jti: %o', async (jti) => {
    expect(await reasonOf({ jti })).toBe('token_invalid')
  })

  it.each([null, 0, 1, true, {}, [1], ['a', null], [['a']], [{ a: 1 }]])('scope: %o', async (scope) => {
    expect(await reasonOf({ scope })).toBe('token_invalid')
  })

  it.each(['', 'a b', [], ['a']])('scope may be %o', async (scope) => {
    expect(await reasonOf({ scope })).toBe('ok')
  })
})

describe('aud', () => {
  const B = 'urn:b'

  it.each([
    [AUDIENCE, 'ok'],
    [[AUDIENCE], 'ok'],
    [['https://other.test/', AUDIENCE], 'ok'],
    [B, 'ok'],
    [undefined, 'token_invalid'],
    [null, 'token_invalid'],
    ['', 'token_invalid'],
    [[], 'token_invalid'],
    [[''], 'token_invalid'],
    [[[AUDIENCE]], 'token_invalid'],
    [[AUDIENCE, 1], 'token_invalid'],
    [[AUDIENCE, null], 'token_invalid'],
    [{ 0: AUDIENCE, length: 1 }, 'token_invalid'],
    [{ [AUDIENCE]: true }, 'token_invalid'],
    [1, 'token_invalid'],
    [true, 'token_invalid'],
    ['https://other.test/', 'token_invalid'],
    ['https://api.test', 'token_invalid'],
    ['https://api.test//', 'token_invalid'],
    ['HTTPS://API.TEST/', 'token_invalid'],
    ['https://api.test/x', 'token_invalid'],
    [`${AUDIENCE} ${B}`, 'token_invalid'],
    [`${AUDIENCE},${B}`, 'token_invalid'],
    [` ${AUDIENCE}`, 'token_invalid'],
    ['*', 'token_invalid'],
    ['constructor', 'token_invalid'],
  ])('%o: %s', async (aud, outcome) => {
    expect(await reasonOf({ aud }, { issuer: trusted([AUDIENCE, B]) })).toBe(outcome)
  })
})

describe('times', () => {
  it.each([
    [{ exp: NOW + 0.001 }, 'ok'],
    [{ exp: NOW }, 'ok'],
    [{ exp: NOW - 4.999 }, 'ok'],
    [{ exp: NOW - 5 }, 'token_expired'],
    [{ exp: NOW - 5.5 }, 'token_expired'],
    [{ exp: 0 }, 'token_expired'],
    [{ exp: -0 }, 'token_expired'],
    [{ exp: 1e-308 }, 'token_expired'],
    [{ exp: 8_640_000_000_000 }, 'ok'],
    [{ nbf: NOW + 5 }, 'ok'],
    [{ nbf: NOW + 5.001 }, 'token_invalid'],
    [{ nbf: NOW - 0.5 }, 'ok'],
    [{ nbf: 0 }, 'ok'],
    [{ nbf: NOW + 60 }, 'token_invalid'],
    [{ iat: NOW + 5 }, 'ok'],
    [{ iat: NOW + 5.001 }, 'token_invalid'],
    [{ iat: NOW + 3600 }, 'token_invalid'],
    [{ iat: 0 }, 'ok'],
  ])('%o: %s', async (claims, outcome) => {
    expect(await reasonOf(claims)).toBe(outcome)
  })

  it.each([
    [{ exp: NOW + 1 }, 'ok'],
    [{ exp: NOW }, 'token_expired'],
    [{ nbf: NOW }, 'ok'],
    [{ nbf: NOW + 1 }, 'token_invalid'],
    [{ iat: NOW }, 'ok'],
    [{ iat: NOW + 1 }, 'token_invalid'],
  ])('without tolerance, %o: %s', async (claims, outcome) => {
    expect(await reasonOf(claims, { clockTolerance: 0 })).toBe(outcome)
  })

  it('an expired token of another audience is told nothing of its time', async () => {
    expect(await reasonOf({ exp: 0, aud: 'other' })).toBe('token_invalid')
  })
})

describe('the profile of RFC 9068', () => {
  const profile = { sub: 'u', client_id: 'c', jti: 'j', iat: NOW }

  it('is satisfied by all its claims', async () => {
    expect(await reasonOf(profile, { tokenProfile: 'rfc9068' })).toBe('ok')
  })

  it.each(['sub', 'client_id', 'jti', 'iat'])('wants %s', async (name) => {
    expect(await reasonOf({ ...profile, [name]: undefined }, { tokenProfile: 'rfc9068' })).toBe('token_invalid')
    expect(await reasonOf({ ...profile, [name]: undefined })).toBe('ok')
  })

  it.each(['client_id', 'jti'])('wants %s to be text', async (name) => {
    expect(await reasonOf({ ...profile, [name]: 1 }, { tokenProfile: 'rfc9068' })).toBe('token_invalid')
  })
})

describe('the detail tells a missing claim from a wrong one, and how far off a time is', () => {
  const standIn = { path: ['client_id'], accepted: ['c'] }

  const details: readonly (readonly [Claims, string, Partial<ClaimsPolicy>?])[] = [
    [{ iss: undefined }, 'iss is missing, want text'],
    [{ iss: 1 }, 'iss is "1", want text'],
    [{ exp: undefined }, 'exp is missing, want seconds since the epoch'],
    [{ exp: 'soon' }, 'exp is "soon", want seconds since the epoch'],
    [{ nbf: null }, 'nbf is "null", want seconds since the epoch'],
    [{ sub: ['u'] }, 'sub is "[\\u0022u\\u0022]", want text'],
    [{ scope: 1 }, 'scope is "1", want text or a list of texts'],
    [{ aud: undefined }, `aud is missing, accepted is "${AUDIENCE}"`],
    [{ aud: 'x' }, `aud is "x", accepted is "${AUDIENCE}"`],
    [{ aud: 'x' }, 'aud is "x", accepted is none', { issuer: { ...trusted([]), audienceFrom: standIn } }],
    [
      { aud: undefined },
      'aud is missing, and client_id is missing, accepted is "c"',
      { issuer: { ...trusted([]), audienceFrom: standIn } },
    ],
    [
      { aud: undefined, client_id: 'd' },
      'aud is missing, and client_id is "d", accepted is "c"',
      { issuer: { ...trusted([]), audienceFrom: standIn } },
    ],
    [
      {},
      'not marked as an access token of its issuer: use is missing, a.b is missing',
      {
        issuer: {
          ...trusted([AUDIENCE]),
          shape: { ...DEFAULT_SHAPE, accessToken: [{ path: ['use'], values: ['access'] }, { path: ['a', 'b'] }] },
        },
      },
    ],
    [{ client_id: 1, sub: 'u' }, 'client_id is "1", RFC 9068 requires text', { tokenProfile: 'rfc9068' }],
    [{ sub: 'u' }, 'client_id is missing, RFC 9068 requires text', { tokenProfile: 'rfc9068' }],
    [{ exp: NOW - 60 }, 'expired 60 s ago; tolerance 5 s'],
    [{ exp: NOW - 5.26 }, 'expired 5.3 s ago; tolerance 5 s'],
    [{ exp: NOW - 60.26 }, 'expired 60 s ago; tolerance 5 s'],
    [{ nbf: NOW + 312 }, 'nbf is 312 s ahead; tolerance 5 s'],
    [{ iat: NOW + 5.2 }, 'iat is 5.2 s ahead; tolerance 5 s'],
    [{ iat: NOW + 1 }, 'iat is 1 s ahead; tolerance 0 s', { clockTolerance: 0 }],
  ]

  it.each(details.map(([claims, detail, policy]) => [claims, detail, policy ?? {}] as const))(
    '%o: %s',
    async (claims, detail, policy) => {
      const verify = (): unknown => verifyClaims({ ...GOOD, ...claims }, { ...POLICY, ...policy })
      expect((await errorOf(verify)).detail).toBe(detail)
    },
  )

  it('of the header, too', async () => {
    const { server, issuer } = await createWorld()
    const strict = (await createWorld({ tokenProfile: 'rfc9068' })).server
    const detail = async (header: Claims, by = server): Promise<unknown> => {
      const rawPayload = JSON.stringify({ ...GOOD, iss: issuer.issuer })
      const token = await issuer.accessToken({ rawPayload, rawHeader: JSON.stringify(header) })
      return (await errorOf(() => by.verifyAccessToken(token))).detail
    }
    const { alg, kid } = issuer.signingKey
    expect(await detail({ alg, kid, typ: 'dpop+jwt' })).toBe(
      'typ is "dpop+jwt", accepted is at+jwt application/at+jwt jwt none',
    )
    expect(await detail({ alg, kid }, strict)).toBe('typ is missing, accepted is at+jwt application/at+jwt')
    expect(await detail({ kid })).toBe('alg is missing, accepted is RS256 PS256 ES256 EdDSA')
    expect(await detail({ alg: 'none' })).toBe('alg is "none", accepted is RS256 PS256 ES256 EdDSA')
    expect(await detail({ alg, kid: 'x' })).toBe(
      `issuer has no such ES256 key: kid is "x"; it has "${kid}": is the token of another environment?`,
    )
    const stranger = await issuer.accessToken({ claims: { iss: undefined } })
    expect((await errorOf(() => server.verifyAccessToken(stranger))).detail).toBe(
      'iss is missing; want a trusted issuer',
    )
  })
})

describe('numbers as raw JSON, in a signed token', async () => {
  const { server, issuer } = await createWorld()
  const payload = (members: string): string =>
    `{"iss":"${issuer.issuer}","aud":"${AUDIENCE}","sub":"u","iat":${NOW},${members}}`

  it.each([
    [`"exp":${NOW + 60}`, 'accepted'],
    [`"exp":${NOW + 60}.75`, 'accepted'],
    [`"exp":1.76000006e9`, 'accepted'],
    ['"exp":1e308', '401 token_invalid'],
    ['"exp":1e999', '401 token_invalid'],
    ['"exp":-1e999', '401 token_invalid'],
    [`"exp":-${NOW}`, '401 token_invalid'],
    [`"exp":"${NOW + 60}"`, '401 token_invalid'],
    ['"exp":99999999999999999999999999', '401 token_invalid'],
    ['"exp":0', '401 token_expired'],
    ['"exp":-0', '401 token_expired'],
    ['"sub":"no exp"', '401 token_invalid'],
    [`"exp":${NOW + 60},"nbf":1e999`, '401 token_invalid'],
    [`"exp":${NOW + 60},"nbf":-1e999`, '401 token_invalid'],
    [`"exp":${NOW + 60},"nbf":null`, '401 token_invalid'],
    [`"exp":${NOW + 60},"iat":1e999`, '401 token_invalid'],
    // RFC 7519 §4: the last of two members counts.
    [`"exp":${NOW + 60},"exp":0`, '401 token_expired'],
    [`"exp":${NOW + 60},"iss":"https://evil.test/"`, '401 token_invalid'],
    [`"exp":${NOW + 60},"aud":"other"`, '401 token_invalid'],
    [`"exp":${NOW + 60},"__proto__":{"scope":"admin"}`, '401 token_invalid'],
    [`"exp":0x7fffffff`, '401 token_invalid'],
    [`"exp":+${NOW + 60}`, '401 token_invalid'],
    [`"exp":0${NOW + 60}`, '401 token_invalid'],
  ])('%s: %s', async (members, outcome) => {
    const token = await issuer.accessToken({ rawPayload: payload(members) })
    expect(verdict(await server.authenticate(bearer(token)))).toBe(outcome)
  })
})
