import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestKey } from '@acme/auth-testing'

/** What the cases need outside of the server under contract: issuers that listen, and the keys of a client. */
export interface ContractFixture {
  readonly issuer: ListeningTestIssuer
  /** Trusted as well, where a configuration lists it. */
  readonly secondIssuer: ListeningTestIssuer
  /** Trusted by nobody. */
  readonly strangerIssuer: ListeningTestIssuer
  /** Trusted, and always down. */
  readonly deadIssuer: ListeningTestIssuer
  /** The client's DPoP key. */
  readonly clientKey: TestKey
  /** Somebody else's. */
  readonly otherKey: TestKey
  /** For algorithms that are not accepted in proofs. */
  readonly rsaKey: TestKey
  /** What servers make nonces with. */
  readonly nonceSecret: string
  close(): Promise<void>
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
export async function createContractFixture(): Promise<ContractFixture> {
  const issuers = await Promise.all(
    Array.from({ length: 4 }, () => startTestIssuer({ audience: AUDIENCE, algorithm: 'RS256' })),
  )
  const [issuer, secondIssuer, strangerIssuer, deadIssuer] = issuers
  if (!issuer || !secondIssuer || !strangerIssuer || !deadIssuer) throw new Error('four issuers were started')
  deadIssuer.fail('all', { status: 500 })
  return {
    issuer,
    secondIssuer,
    strangerIssuer,
    deadIssuer,
    clientKey: await createTestKey('ES256'),
    otherKey: await createTestKey('ES256'),
    rsaKey: await createTestKey('RS256'),
    nonceSecret: createNonceSecret(),
    close: async () => {
      await Promise.all(issuers.map((one) => one.close()))
    },
  }
}

/** A secret to make nonces with, of 72 characters. */
export function createNonceSecret(): string {
  return crypto.randomUUID() + crypto.randomUUID()
}

/** The audience of the API under contract. */
export const AUDIENCE = 'https://api.test/'
