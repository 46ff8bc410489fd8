import { keyList } from '../crypto/json-web-key.js'
import { discoverJwksUri } from './discovery.js'
import { FetchError } from './fetch-error.js'
import { fetchJson } from './fetch-json.js'
import type { TrustedIssuer } from './issuer-options.js'
import { createKeyIndex } from './key-index.js'
import type { ImportedKeys, KeyIndex } from './key-index.js'
import { describeUnusable } from './unusable-keys.js'

/** The keys of an issuer, as fetched. */
export interface FetchedKeys {
  readonly index: KeyIndex
  readonly jwksUri: string
  /** Whether the issuer's metadata were read for it. */
  readonly discovered: boolean
  /** What the issuer's Cache-Control allows, in seconds. */
  readonly maxAge: number | undefined
}

/** What is known before keys are fetched. */
export interface FetchKeysContext {
  /** Where the keys are; undefined to read the metadata. */
  readonly jwksUri: string | undefined
  /** Imported keys of the key set before. */
  readonly imported?: ImportedKeys | undefined
  /** Whether the keys are those that are looked for. If not, they may be somewhere else by now. */
  readonly isFound?: (index: KeyIndex) => boolean
}

// RFC 7517 §8.5.2 has a media type of its own; most issuers send plain JSON.
const ACCEPT = 'application/json, application/jwk-set+json'

/**
 * Fetches an issuer's keys, after discovery unless it is known where they are. One timeout, in seconds, covers the whole.
 *
 * @throws {FetchError} also for a key set without any usable key: the issuer's mistake, for which nobody is to be refused
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
    // The keys at hand are what the issuer publishes, as far as anybody can tell.
    if (error instanceof FetchError) return known
    throw error
  }
}
