import { accepted, NONCE_WANTED, refused, UNAUTHENTICATED } from './expectation.js'
import { FORGED, FORGED_STANDARD, throughGateway } from './proxied.js'
import {
  ADMIN,
  boundReader,
  DELETE,
  EVENTS,
  invalidProof,
  invalidRequest,
  invalidToken,
  lacksDelete,
  MESSAGES,
  PRIVATE,
  reader,
  row,
  SOCKET,
} from './row.js'
import type { Row } from './row.js'
import { issuerAway, onBehalf, withAuthClient, withCertificate, withOpaqueToken, withTenants } from './rows-issuers.js'
import { withConnections } from './rows-connections.js'
import { withRequirements } from './rows-requirements.js'
import {
  bearer,
  bearerWithProof,
  dpop,
  firstTime,
  inQuery,
  plain,
  proofForOther,
  replayed,
  secondTime,
  tampered,
  twoAuthorizations,
  withClaim,
  withOtherSignature,
  withoutProof,
} from './senders.js'

const withoutToken: readonly Row[] = [
  row('GET /api/public', 'no token', plain(), accepted()),
  row(PRIVATE, 'no token', plain(), UNAUTHENTICATED),
  row('POST /api/private', 'no token', plain(), UNAUTHENTICATED),
  row(PRIVATE, 'Basic scheme', plain({ authorization: 'Basic dXNlcjpwYXNz' }), UNAUTHENTICATED),
  row(PRIVATE, 'good token, in the query', inQuery('reader'), UNAUTHENTICATED),
]

const withBearerToken: readonly Row[] = [
  row(PRIVATE, 'good token', bearer('reader'), reader),
  row('POST /api/private', 'good token', bearer('reader'), reader),
  row(PRIVATE, 'garbage for a token', plain({ authorization: 'Bearer garbage' }), invalidToken),
  row(PRIVATE, 'no token after Bearer', plain({ authorization: 'Bearer' }), invalidRequest),
  row(PRIVATE, 'two Authorization headers', twoAuthorizations('reader', 'admin'), invalidRequest),
  row(PRIVATE, 'token for another audience', bearer('of the legacy API'), invalidToken),
  row(PRIVATE, 'signature changed', tampered('reader', withOtherSignature), invalidToken),
  row(DELETE, 'scopes written in', tampered('reader', withClaim('scope', 'delete:data admin:access')), invalidToken),
]

const withDpopToken: readonly Row[] = [
  row(PRIVATE, 'DPoP: good proof', dpop('bound reader'), boundReader),
  row('POST /api/private', 'DPoP: good proof', dpop('bound reader'), boundReader),
  row(DELETE, 'DPoP: has both scopes', dpop('bound admin'), accepted()),
  row(DELETE, 'DPoP: lacks both scopes', dpop('bound reader'), { ...lacksDelete, challenge: 'DPoP' }),
  row(PRIVATE, 'bound token sent as Bearer', withoutProof('Bearer', 'bound reader'), invalidToken),
  row(PRIVATE, 'unbound token, proof, as Bearer', bearerWithProof('reader'), invalidRequest),
  row(PRIVATE, 'unbound token, proof, as DPoP', dpop('reader'), refused(401, 'invalid_token', 'DPoP')),
  row(PRIVATE, 'DPoP: no proof', withoutProof('DPoP', 'bound reader'), invalidProof),
  row(PRIVATE, 'proof for another method', proofForOther('bound reader', { method: 'POST' }), invalidProof),
  row(PRIVATE, 'proof for another URL', proofForOther('bound reader', { path: '/api/profile' }), invalidProof),
  row(PRIVATE, 'proof for another token', proofForOther('bound reader', { token: 'bound admin' }), invalidProof),
  row(PRIVATE, 'proof used before', replayed('bound reader'), invalidProof),
  row(PRIVATE, 'proof of another key', dpop('bound reader', 'other'), refused(401, 'invalid_token', 'DPoP')),
]

const withNonces: readonly Row[] = [
  row(PRIVATE, 'clock an hour slow: first request', firstTime('bound reader', 'slow'), NONCE_WANTED),
  row(PRIVATE, 'clock an hour slow: second request', secondTime('bound reader', 'slow'), boundReader),
  row(PRIVATE, 'clock an hour fast: second request', secondTime('bound reader', 'fast'), boundReader),
  row(PRIVATE, 'good clock, forged nonce', firstTime('bound reader', 'forging'), NONCE_WANTED),
  ...[
    row(PRIVATE, 'nonce required: first request', firstTime('bound reader', 'good'), NONCE_WANTED),
    row(PRIVATE, 'nonce required: second request', secondTime('bound reader', 'good'), boundReader),
    row(PRIVATE, 'nonce required, clock an hour slow: second', secondTime('bound reader', 'slow'), boundReader),
    row(PRIVATE, 'nonce required: forged nonce', firstTime('bound reader', 'forging'), NONCE_WANTED),
    row(PRIVATE, 'nonce required: Bearer', bearer('reader'), reader),
  ].map((one): Row => ({ ...one, on: 'nonces and tenants' })),
]

const otherHost = { proofFor: 'another host' } as const

const throughProxy: readonly Row[] = [
  row(PRIVATE, 'proxied: good proof', throughGateway('bound reader'), boundReader),
  row(PRIVATE, 'proxied: good proof, forged headers', throughGateway('bound reader', { headers: FORGED }), boundReader),
  row(
    PRIVATE,
    'proxied: proof for a forged host',
    throughGateway('bound reader', { headers: FORGED, ...otherHost }),
    invalidProof,
  ),
  row(
    PRIVATE,
    'proxied: the same with Forwarded',
    throughGateway('bound reader', { headers: FORGED_STANDARD, ...otherHost }),
    invalidProof,
  ),
  row(
    PRIVATE,
    'proxied: proof for the inner URL',
    throughGateway('bound reader', { proofFor: 'the API behind' }),
    invalidProof,
  ),
]

const afterRotation: readonly Row[] = [
  {
    ...row(PRIVATE, 'token of a rotated key', bearer('reader after rotation'), reader),
    before: async (wallet) => {
      // Both old tokens are in hand before the key changes, whichever rows ran before.
      await Promise.all([wallet.token('reader'), wallet.token('bound reader')])
      await wallet.rotateKey()
    },
  },
  row(PRIVATE, 'token of the key before', bearer('reader'), reader),
  row(PRIVATE, 'DPoP: token of a rotated key', dpop('bound reader after rotation'), boundReader),
  row(PRIVATE, 'DPoP: token of the key before', dpop('bound reader'), boundReader),
]

/** The matrix, in the order in which it is sent: the tenant's key changes near the end. */
export const ROWS: readonly Row[] = [
  ...withoutToken,
  ...withBearerToken,
  ...withRequirements,
  ...withDpopToken,
  ...withOpaqueToken,
  ...withCertificate,
  ...onBehalf,
  ...withAuthClient,
  ...withNonces,
  ...withTenants,
  ...throughProxy,
  ...withConnections,
  ...afterRotation,
  ...issuerAway,
]

/** What is printed without `--all`: a row of each kind. */
const TELLING: readonly string[] = [
  'no token',
  'good token',
  'token for another audience',
  'signature changed',
  'lacks the scope',
  'has both scopes',
  'lacks the permission',
  'DPoP: good proof',
  'bound token sent as Bearer',
  'proof for another URL',
  'proof used before',
  'clock an hour slow: second request',
  'proxied: good proof, forged headers',
  'opaque: good token',
  'tenant b: token of tenant a',
  'token of a rotated key',
  'token as subprotocol',
  'ticket of a bound token',
  'ticket used before',
  'renewed by a newer token',
  'logged out everywhere',
  'token of before the logout',
  'token of after the logout',
  'token of an ended session',
]
const TELLING_REQUESTS: readonly string[] = [PRIVATE, MESSAGES, DELETE, ADMIN, SOCKET, EVENTS]

export function isTelling({ request, title }: Row): boolean {
  return TELLING.includes(title) && TELLING_REQUESTS.includes(request)
}
