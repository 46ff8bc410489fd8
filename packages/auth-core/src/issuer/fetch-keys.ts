import { keyList } from '../crypto/json-web-key.js'
import { discoverJwksUri } from './discovery.js'
import { FetchError } from './fetch-error.js'
import { fetchJson } from './fetch-json.js'
import type { TrustedIssuer } from './issuer-options.js'
import { createKeyIndex } from './key-index.js'
import type { ImportedKeys, KeyIndex } from './key-index.js'
import { describeUnusable } from './unusable-keys.js'

/** The keys of an issuer, as they were fetched. */
export interface FetchedKeys {
  readonly index: KeyIndex
  readonly jwksUri: string
  /** Whether `jwksUri` was read from the issuer's metadata just now. */
  readonly discovered: boolean
  /** `max-age` of the issuer's Cache-Control, in seconds. */
  readonly maxAge: number | undefined
}

/** What is known from earlier fetches. */
export interface FetchKeysContext {
  /** The URL of the key set; undefined to read it from the metadata. */
  readonly jwksUri: string | undefined
  /** The imported keys of the preceding key set. */
  readonly imported?: ImportedKeys | undefined
  /**
   * Whether a key set has the key that is sought. If not, the metadata is read again: the issuer may have moved its
   * keys.
   */
  readonly isFound?: (index: KeyIndex) => boolean
}

// RFC 7517 §8.5.2 registers application/jwk-set+json, but most issuers send application/json.
const ACCEPT = 'application/json, application/jwk-set+json'

/**
 * Fetches an issuer's keys, after discovery if their URL is unknown. One time limit, in seconds, covers all requests.
 *
 * @throws {FetchError} also for a key set without a usable key. That is a fault of the issuer, so tokens are answered with 503
 * and not refused with 401.
 */
export async function fetchKeys(
  trusted: TrustedIssuer,
  { jwksUri, imported, isFound = () => true }: FetchKeysContext,
  { fetch, timeout }: { readonly fetch: typeof globalThis.fetch; readonly timeout: number },
): Promise<FetchedKeys> {
  const started = performance.now()
  const remaining = (): number => Math.max(0.001, timeout - (performance.now() - started) / 1000)

  async function keysAt(uri: string, discovered: boolean): Promise<FetchedKeys> {
    const { value, maxAge } = await fetchJson(uri, { fetch, timeout: remaining(), accept: ACCEPT })
    const keys = keyList(value)
    if (keys === undefined) throw new FetchError(`${uri}: not a key set of at most 100 keys`)
    const index = await createKeyIndex(keys, trusted.algorithms, imported)
    if (index.imported.size > 0) return { index, jwksUri: uri, discovered, maxAge }
    throw new FetchError(`${uri}: no usable key: ${describeUnusable(index.unusable) ?? 'it is empty'}`)
  }

  if (jwksUri === undefined) return keysAt(await discoverJwksUri(trusted, fetch, remaining), true)
  const known = await keysAt(jwksUri, false)
  if (trusted.jwksUri !== undefined || isFound(known.index)) return known
  try {
    const moved = await discoverJwksUri(trusted, fetch, remaining)
    return moved === jwksUri ? { ...known, discovered: true } : await keysAt(moved, true)
  } catch (error) {
    // The metadata is unavailable, but the keys that were just fetched are good.
    if (error instanceof FetchError) return known
    throw error
  }
}
