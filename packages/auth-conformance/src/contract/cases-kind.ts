import { asDpopUser, asUser, attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import { invalidToken } from './refusals.js'

/** A token that is right in everything but what it says it is. */
function otherKind(name: string, claims: Readonly<Record<string, unknown>>, typ: string | undefined): ContractCase {
  return attack(name, invalidToken(), (c) => c.bearer({ header: { typ }, claims }))
}

/** What kind of token it is, and what it is bound by: RFC 8725 §3.11, RFC 9068 §5, RFC 7800 §3.1. */
export const kindCases: readonly ContractCase[] = [
  ...demandedBy('RFC 9068 §4', [
    otherKind('an ID token, by at_hash', { at_hash: 'fPlsvVszI29LU2UhDyJ9vg', nonce: 'n' }, 'JWT'),
    otherKind('an ID token, by c_hash', { c_hash: 'fPlsvVszI29LU2UhDyJ9vg' }, undefined),
    otherKind('an ID token of Keycloak', { typ: 'ID' }, 'JWT'),
    otherKind('a refresh token of Keycloak', { typ: 'Refresh' }, 'JWT'),
    otherKind('an offline token of Keycloak', { typ: 'Offline' }, 'JWT'),
    otherKind('an ID token of Amazon Cognito', { token_use: 'id' }, undefined),
    otherKind('a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, 'JWT'),
  ]),

  // What RFCs leave open.
  otherKind('an ID token that is typed as an access token', { at_hash: 'x' }, 'at+jwt'),
  honest('an access token of Keycloak, with a nonce', asUser, (c) =>
    c.bearer({ header: { typ: 'JWT' }, claims: { typ: 'Bearer', nonce: 'n', azp: 'web' } }),
  ),
  honest('scopes in scp', accepted({ sub: 'user-1', scheme: 'Bearer', scopes: ['read:messages'] }), (c) =>
    c.bearer({ claims: { scp: ['read:messages'] } }, '/read'),
  ),
  honest('a confirmation as Keycloak writes it', asDpopUser, (c) =>
    c.dpop({ token: { claims: { cnf: { jkt: c.fixture.clientKey.thumbprint, 'kc-jkt-type': 'DPoP' } } } }),
  ),
  attack('a confirmation of which only a part is understood', invalidToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({ token: { claims: { cnf: { 'kc-jkt-type': 'DPoP' } } } }),
  ),
  attack('a confirmation by a key and a certificate', invalidToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({
      token: {
        claims: {
          cnf: { jkt: c.fixture.clientKey.thumbprint, 'x5t#S256': c.fixture.clientCertificate.thumbprint },
        },
      },
    }),
  ),
]
