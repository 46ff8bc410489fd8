import { accepted, refused, UNAVAILABLE } from './expectation.js'
import type { Expectation } from './expectation.js'
import {
  boundReader,
  DELETE,
  invalidToken,
  lacksDelete,
  lacksMessages,
  MESSAGES,
  NEXT_API,
  PRIVATE,
  reader,
  row,
} from './row.js'
import type { Row } from './row.js'
import {
  atLocalhost,
  atNoHost,
  bearer,
  byAuthClient,
  certified,
  dpop,
  plain,
  secondTime,
  withoutProof,
} from './senders.js'

const readerOf = (tenant: string): Expectation => accepted({ sub: 'reader@clients', scheme: 'Bearer', tenant })
const boundReaderOfA = accepted({ sub: 'reader@clients', scheme: 'DPoP', tenant: 'a' })
const boundReaderOfB = accepted({ sub: 'reader@clients', scheme: 'DPoP', tenant: 'b' })
const invalidBoundToken = refused(401, 'invalid_token', 'DPoP')

const certifiedReader = accepted({ sub: 'certified@clients', scheme: 'Bearer' })
const veiled = accepted({ sub: 'veiled@clients', scheme: 'Bearer' })

/** Tokens that say nothing: the issuer is asked about them (RFC 7662). */
export const withOpaqueToken: readonly Row[] = [
  row(PRIVATE, 'opaque: good token', bearer('opaque'), veiled),
  row(MESSAGES, 'opaque: has the scope', bearer('opaque'), accepted()),
  row(DELETE, 'opaque: lacks both scopes', bearer('opaque'), lacksDelete),
  row(PRIVATE, 'opaque: token for another audience', bearer('opaque, of the legacy API'), invalidToken),
  row(PRIVATE, 'opaque: never issued', plain({ authorization: `Bearer ${'x'.repeat(43)}` }), invalidToken),
  row(PRIVATE, 'opaque, DPoP: good proof', dpop('bound opaque'), accepted({ sub: 'veiled@clients', scheme: 'DPoP' })),
  row(PRIVATE, 'opaque: bound token sent as Bearer', withoutProof('Bearer', 'bound opaque'), invalidToken),
]

/** Tokens that are bound to a certificate (RFC 8705), which a proxy hands on in `Client-Cert`. */
export const withCertificate: readonly Row[] = [
  row(PRIVATE, 'certificate: that of the token', certified('certified reader', 'own'), certifiedReader),
  row(PRIVATE, 'certificate: another one', certified('certified reader', 'other'), invalidToken),
  row(PRIVATE, 'certificate: none', certified('certified reader'), invalidToken),
  row(PRIVATE, 'certificate: two lines', certified('certified reader', 'own', 'own'), invalidToken),
]

/** Another API is called for the caller: by a token that is exchanged for it (RFC 8693), with DPoP and a nonce. */
export const onBehalf: readonly Row[] = [
  row(NEXT_API, 'on behalf of a Bearer caller', bearer('reader'), boundReader),
  row(NEXT_API, 'on behalf of a DPoP caller', dpop('bound reader'), boundReader),
  row(NEXT_API, 'on behalf: lacks the scope', bearer('nobody'), lacksMessages),
]

/** By the calling side of this kit, where each proof needs a nonce. */
export const withAuthClient: readonly Row[] = [
  row(PRIVATE, 'auth-client: DPoP, and a nonce that it has to learn', byAuthClient(0), boundReaderOfA),
  row(PRIVATE, 'auth-client: its clock an hour slow', byAuthClient(-3600), boundReaderOfA),
  row(PRIVATE, 'auth-client: its clock an hour fast', byAuthClient(3600), boundReaderOfA),
].map((one): Row => ({ ...one, on: 'nonces and tenants' }))

/** The host says whose token a request must have: 127.0.0.1 that of tenant a, localhost that of tenant b. */
export const withTenants: readonly Row[] = [
  row(PRIVATE, 'tenant a: its token', bearer('reader'), readerOf('a')),
  row(PRIVATE, 'tenant b: its token', atLocalhost(bearer('reader of tenant b')), readerOf('b')),
  row(
    PRIVATE,
    'tenant b: DPoP, good proof',
    atLocalhost(secondTime('bound reader of tenant b', 'good')),
    boundReaderOfB,
  ),
  row(PRIVATE, 'tenant b: token of tenant a', atLocalhost(bearer('reader')), invalidToken),
  row(PRIVATE, 'tenant a: token of tenant b', bearer('reader of tenant b'), invalidToken),
  row(PRIVATE, 'tenant b: DPoP, token of tenant a', atLocalhost(dpop('bound reader')), invalidBoundToken),
  row(PRIVATE, 'host of no tenant', atNoHost('reader'), invalidToken),
].map((one): Row => ({ ...one, on: 'nonces and tenants' }))

/** No answer of the issuer is no reason to refuse a token, nor to accept it. */
export const issuerAway: readonly Row[] = [
  {
    ...row(PRIVATE, 'issuer away: opaque token', bearer('opaque, not seen before'), UNAVAILABLE),
    before: async (wallet) => {
      await Promise.all([wallet.token('opaque, not seen before'), wallet.token('reader')])
      await wallet.setAway(true)
    },
  },
  {
    ...row(PRIVATE, 'issuer away: JWT', bearer('reader'), reader),
    after: (wallet) => wallet.setAway(false),
  },
]
