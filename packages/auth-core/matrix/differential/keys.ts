import { createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'

/** The keys that the issuer publishes and takes off. */
export const KEYS: readonly TestKey[] = await Promise.all([1, 2, 3].map(() => createTestKey('ES256')))
/** A client's key, and somebody else's. */
export const CLIENT: TestKey = await createTestKey('ES256')
export const STRANGER: TestKey = await createTestKey('ES256')
export const ISSUER = 'https://issuer.test/'
