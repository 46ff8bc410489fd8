import { createHash, X509Certificate } from 'node:crypto'

import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestAlgorithm, TestKey } from '@acme/auth-testing'
import { generate } from 'selfsigned'

import { startIntrospection } from './introspection.js'
import type { IntrospectionEndpoint } from './introspection.js'

/** What the cases need outside of the server under contract: issuers that listen, and the keys of a client. */
export interface ContractFixture {
  readonly issuer: ListeningTestIssuer
  /** Trusted as well, where a configuration lists it. */
  readonly secondIssuer: ListeningTestIssuer
  /** Trusted by nobody. */
  readonly strangerIssuer: ListeningTestIssuer
  /** Trusted, and always down. */
  readonly deadIssuer: ListeningTestIssuer
  /** Where the first issuer is asked about opaque tokens. */
  readonly introspection: IntrospectionEndpoint
  /** The client's DPoP key. */
  readonly clientKey: TestKey
  /** Somebody else's. */
  readonly otherKey: TestKey
  /** For algorithms that are not accepted in proofs. */
  readonly rsaKey: TestKey
  /** The client's certificate. */
  readonly clientCertificate: ContractCertificate
  /** Somebody else's. */
  readonly otherCertificate: ContractCertificate
  /** What servers make nonces with. */
  readonly nonceSecret: string
  close(): Promise<void>
}

/** A certificate, self-signed: the chain does not matter (RFC 8705 §6.2). */
export interface ContractCertificate {
  readonly der: Uint8Array
  /** What a token that is bound to it confirms as `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
}

/** How the issuers of a {@link ContractFixture} sign, and for whom. */
export interface ContractFixtureOptions {
  /** Of access tokens. @defaultValue 'RS256' */
  readonly algorithm?: TestAlgorithm
  /** Of the API. @defaultValue 'https://api.test/' */
  readonly audience?: string
  /** Where the first issuer listens. @defaultValue any free port */
  readonly port?: number
}

/**
 * Starts the issuers and makes the keys.
 *
 * @example
 * ```ts
 * import { createContractFixture } from '@acme/auth-conformance'
 *
 * const fixture = await createContractFixture()
 * const token = await fixture.issuer.accessToken()
 * await fixture.close()
 * ```
 */
export async function createContractFixture({
  algorithm = 'RS256',
  audience = AUDIENCE,
  port = 0,
}: ContractFixtureOptions = {}): Promise<ContractFixture> {
  // First, since its port may be taken.
  const issuer = await startTestIssuer({ audience, algorithm, port })
  const others = await Promise.all(Array.from({ length: 3 }, () => startTestIssuer({ audience, algorithm })))
  const [secondIssuer, strangerIssuer, deadIssuer] = others
  if (!secondIssuer || !strangerIssuer || !deadIssuer) throw new Error('three issuers were started')
  deadIssuer.fail('all', { status: 500 })
  const introspection = await startIntrospection()
  return {
    issuer,
    secondIssuer,
    strangerIssuer,
    deadIssuer,
    introspection,
    clientKey: await createTestKey('ES256'),
    otherKey: await createTestKey('ES256'),
    rsaKey: await createTestKey('RS256'),
    clientCertificate: await createCertificate('client'),
    otherCertificate: await createCertificate('other'),
    nonceSecret: createNonceSecret(),
    close: async () => {
      await Promise.all([issuer, ...others, introspection].map((one) => one.close()))
    },
  }
}

async function createCertificate(commonName: string): Promise<ContractCertificate> {
  const { cert } = await generate([{ name: 'commonName', value: commonName }], { keyType: 'ec', algorithm: 'sha256' })
  const der = new X509Certificate(cert).raw
  return { der, thumbprint: createHash('sha256').update(der).digest('base64url') }
}

/** A secret to make nonces with, of 72 characters. */
export function createNonceSecret(): string {
  return crypto.randomUUID() + crypto.randomUUID()
}

/** The audience of the API under contract. */
export const AUDIENCE = 'https://api.test/'
