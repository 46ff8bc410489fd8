import { createStore, get, update } from 'idb-keyval'
import type { UseStore } from 'idb-keyval'

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
  /** Seconds that IndexedDB may take to open: with another tab in its way it would for ever. @defaultValue 5 */
  readonly timeout?: number
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
  timeout = 5,
}: StoredKeyPairOptions = {}): Promise<DpopKeyPair> {
  const store = createStore(DATABASE, 'keys')
  try {
    return await keptIn(store, name, algorithm, timeout)
  } catch (cause) {
    if (cause instanceof AuthClientError) throw cause
    if (whenUnavailable === 'memory') return keptInMemory(name, algorithm)
    throw new AuthClientError('key_unavailable', 'IndexedDB keeps no key here', { cause })
  } finally {
    // Whoever deletes the database, as at logout, waits for open connections. One that never opened is not waited for.
    close(store).catch(() => undefined)
  }
}

async function keptIn(store: UseStore, name: string, algorithm: DpopAlgorithm, timeout: number): Promise<DpopKeyPair> {
  const known: unknown = await inTime(get(name, store), timeout)
  if (isKeyPair(known)) return known
  // A transaction does not wait for WebCrypto, so the key is made before; of several that were made, one is kept.
  const made = await generateDpopKeyPair({ algorithm })
  await update<unknown>(name, (old) => (isKeyPair(old) ? old : made), store)
  const kept: unknown = await get(name, store)
  if (isKeyPair(kept)) return kept
  throw new Error('the key was not kept')
}

async function close(store: UseStore): Promise<void> {
  await store('readonly', ({ transaction }) => transaction.db.close())
}

/** @throws {Error} when something takes longer, in seconds */
async function inTime<Value>(running: Promise<Value>, seconds: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([running, late])
  } finally {
    clearTimeout(timer)
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
