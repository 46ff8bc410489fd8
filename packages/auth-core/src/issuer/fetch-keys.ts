import { keyList } from '../json-web-key.js'
import type { Jwk } from '../json-web-key.js'
import { discoverJwksUri } from './discovery.js'
import { FetchError, fetchJson } from './fetch-json.js'

/** The keys of an issuer, as fetched. */
export interface FetchedKeys {
  readonly keys: readonly Jwk[]
  readonly jwksUri: string
  /** What the issuer's Cache-Control allows, in seconds. */
  readonly maxAge: number | undefined
}

/**
 * Fetches an issuer's keys, after discovery unless it is known where they are. One timeout, in seconds, covers the whole.
 *
 * @throws {FetchError}
 */
export async function fetchKeys(
  issuer: string,
  knownUri: string | undefined,
  { fetch, timeout }: { readonly fetch: typeof globalThis.fetch; readonly timeout: number },
): Promise<FetchedKeys> {
  const started = performance.now()
  const remaining = (): number => Math.max(0.001, timeout - (performance.now() - started) / 1000)
  const jwksUri = knownUri ?? (await discoverJwksUri(issuer, fetch, remaining))
  const { value, maxAge } = await fetchJson(jwksUri, fetch, remaining())
  const keys = keyList(value)
  if (keys === undefined) throw new FetchError(`${jwksUri}: not a key set of at most 100 keys`)
  return { keys, jwksUri, maxAge }
}
