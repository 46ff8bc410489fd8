import { createStore, get, update } from 'idb-keyval'

import { AuthClientError } from '../errors.js'
import { generateDpopKeyPair } from './key-pair.js'
import type { DpopAlgorithm, DpopKeyPair } from './key-pair.js'

/** Where a key is kept. */
export interface StoredKeyPairOptions {
  /** Tells several keys of one origin apart, such as by client. @defaultValue 'default' */
  readonly name?: string
  /** Of a key that is made; one that is there stays. @defaultValue 'ES256' */
  readonly algorithm?: DpopAlgorithm
  /**
   * What to do where nothing can be kept, as in some private windows: `throw`, or make one that lasts until the page is
   * left. @defaultValue 'throw'
   */
  readonly whenUnavailable?: 'throw' | 'memory'
}

const DATABASE = 'acme-auth-client'

/**
 * The DPoP key pair of this origin, kept in IndexedDB: made when it is first asked for, the same after a reload and in each
 * tab, however many ask at once. The private key cannot be read out, by scripts of the page neither: they can use it while
 * the page is open, and cannot take it away (RFC 9449 §11.4).
 *
 * @throws {AuthClientError} `key_unavailable` where IndexedDB is refused, blocked or full, unless `whenUnavailable` says
 * otherwise; `options_invalid`
 * @example
 * ```ts
 * import { storedDpopKeyPair } from '@acme/auth-client/browser'
 *
 * export const keyPair = () => storedDpopKeyPair({ name: 'my-client', whenUnavailable: 'memory' })
 * ```
 */
export async function storedDpopKeyPair({
  name = 'default',
  algorithm = 'ES256',
  whenUnavailable = 'throw',
}: StoredKeyPairOptions = {}): Promise<DpopKeyPair> {
  // A transaction does not wait for WebCrypto, so the key is made before; of several that were made, one is kept.
  try {
    const store = createStore(DATABASE, 'keys')
    const known: unknown = await get(name, store)
    if (isKeyPair(known)) return known
    const made = await generateDpopKeyPair({ algorithm })
    await update<unknown>(name, (old) => (isKeyPair(old) ? old : made), store)
    const kept: unknown = await get(name, store)
    if (isKeyPair(kept)) return kept
    throw new Error('the key was not kept')
  } catch (cause) {
    if (cause instanceof AuthClientError) throw cause
    if (whenUnavailable === 'memory') return keptInMemory(name, algorithm)
    throw new AuthClientError('key_unavailable', 'IndexedDB keeps no key here', { cause })
  }
}

/** Of this page, by name. */
const inMemory = new Map<string, Promise<DpopKeyPair>>()

/** The application names them, so that there are few. */
function keptInMemory(name: string, algorithm: DpopAlgorithm): Promise<DpopKeyPair> {
  const known = inMemory.get(name) ?? generateDpopKeyPair({ algorithm })
  inMemory.set(name, known)
  return known
}

/** Something else may have been written there, by another version or by hand. */
function isKeyPair(value: unknown): value is DpopKeyPair {
  if (typeof value !== 'object' || value === null || !('privateKey' in value) || !('publicKey' in value)) return false
  const { privateKey, publicKey } = value
  return privateKey instanceof CryptoKey && publicKey instanceof CryptoKey && privateKey.usages.includes('sign')
}
