import { createHash } from 'node:crypto'

import { base64url, compactJws, createTestKey } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestAlgorithm, TestKeyOptions } from '@acme/auth-testing'

import { asUser } from './case.js'
import { invalidToken } from './refusals.js'
import { scenario } from './scenario.js'
import type { ContractScenario } from './scenario.js'

const BAD = 'bad'

/** An entry that no token may be verified with, and a token that would pass if it were. */
interface BadEntry {
  readonly entry: unknown
  readonly token: string
}

/** The good key works on, before and after a bad entry; the bad one does not. */
function unusable(name: string, make: (issuer: ListeningTestIssuer) => Promise<BadEntry>): ContractScenario {
  return scenario(`an entry ${name} is passed over`, {}, async ({ issuer, api }) => {
    const { entry, token } = await make(issuer)
    issuer.removeKey(issuer.signingKey.kid)
    issuer.publish(entry)
    issuer.addKey(issuer.signingKey)
    issuer.publish(entry)
    await api.answers(await issuer.accessToken(), asUser)
    await api.answers(token, invalidToken())
  })
}

/** An entry made from a good key, and a token that is signed with that key. */
function spoilt(
  name: string,
  changes: Readonly<Record<string, unknown>>,
  algorithm: TestAlgorithm = 'ES256',
  options: TestKeyOptions = {},
): ContractScenario {
  return unusable(name, async (issuer) => {
    const key = await createTestKey(algorithm, { kid: BAD, ...options })
    return { entry: { ...key.publicJwk, ...changes }, token: await issuer.accessToken({ key }) }
  })
}

/** An entry that is no key at all. */
function noKey(entry: unknown): ContractScenario {
  return unusable(JSON.stringify(entry), async (issuer) => ({
    entry,
    token: await issuer.accessToken({ key: await createTestKey('ES256', { kid: BAD }) }),
  }))
}

/** With the exponent 1 a signature is its own padded hash: whoever reads RFC 8017 §9.2 can sign. */
async function exponentOne(issuer: ListeningTestIssuer): Promise<BadEntry> {
  const key = await createTestKey('RS256', { kid: BAD })
  const unsigned = await issuer.accessToken({ key, signature: 'none' })
  const hash = createHash('sha256').update(unsigned.slice(0, -1)).digest('hex')
  const digestInfo = Buffer.from(`3031300d060960864801650304020105000420${hash}`, 'hex')
  const padding = Buffer.alloc(256 - 3 - digestInfo.length, 0xff)
  const signature = Buffer.concat([Uint8Array.of(0, 1), padding, Uint8Array.of(0), digestInfo])
  return { entry: { ...key.publicJwk, e: 'AQ' }, token: unsigned + base64url(signature) }
}

async function symmetric(issuer: ListeningTestIssuer): Promise<BadEntry> {
  const secret = new TextEncoder().encode('a secret of at least 256 bits, since RFC 7518 wants it so')
  const now = Math.floor(Date.now() / 1000)
  const token = await compactJws({
    header: { alg: 'HS256', typ: 'at+jwt', kid: BAD },
    payload: { iss: issuer.issuer, aud: issuer.audience, sub: 'user-1', iat: now, exp: now + 600 },
    key: { alg: 'HS256', secret },
  })
  return { entry: { kty: 'oct', kid: BAD, alg: 'HS256', k: base64url(secret) }, token }
}

async function offCurve(issuer: ListeningTestIssuer): Promise<BadEntry> {
  const key = await createTestKey('ES256', { kid: BAD })
  return { entry: { ...key.publicJwk, y: key.publicJwk.x }, token: await issuer.accessToken({ key }) }
}

// Keys of an unknown type, and those that lack a member, SHOULD be ignored.
const IGNORED = 'RFC 7517 §5'

/** Key sets with entries that cannot be used. */
export const keysScenarios: readonly ContractScenario[] = [
  spoilt('of 1024 bits', {}, 'RS256', { modulusLength: 1024 }),
  unusable('with the exponent 1', exponentOne),
  spoilt('with an even exponent', { e: 'Ag' }, 'RS256'),
  spoilt('with a modulus that is no base64url', { n: '!' }, 'RS256'),
  unusable('whose point is off the curve', offCurve),
  { ...spoilt('without a coordinate', { y: undefined }), clause: IGNORED },
  spoilt('with a short coordinate', { x: 'AQ' }),
  unusable('that is symmetric', symmetric),
  { ...spoilt('without kty', { kty: undefined }), clause: IGNORED },
  { ...spoilt('of an unknown kty', { kty: 'XYZ' }), clause: IGNORED },
  spoilt('whose kty is a number', { kty: 1 }),
  spoilt('for encryption', { use: 'enc' }),
  spoilt('whose key_ops lack verify', { use: undefined, key_ops: ['sign'] }),
  spoilt('of another alg', { alg: 'ES384' }),
  spoilt('of another curve', { crv: 'P-384' }),
  spoilt('whose kid is another type', { kid: [BAD] }),
  noKey(null),
  noKey(true),
  noKey(7),
  noKey(BAD),
  noKey([]),
  noKey([{ kty: 'EC', kid: BAD }]),
  noKey({}),

  scenario('an entry that cannot be used under the kid of the good one', {}, async ({ issuer, api }) => {
    const { signingKey } = issuer
    issuer.removeKey(signingKey.kid)
    issuer.publish({ ...signingKey.publicJwk, y: signingKey.publicJwk.x })
    issuer.addKey(signingKey)
    await api.answers(await issuer.accessToken(), asUser)
    await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
  }),
]
