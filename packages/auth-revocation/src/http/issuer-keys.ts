import { createRemoteJWKSet, customFetch, errors } from 'jose'
import type { JWTVerifyGetKey } from 'jose'

import { fetchBounded } from './fetch-bounded.js'
import { parseObject } from './text.js'
import { TooSoon, Unavailable } from './unavailable.js'
import { mayLeadTo } from './url.js'

// Bytes of a document, and seconds for it.
const MOST = 512 * 1024
const TIMEOUT = 5
const COOLDOWN = 30
// After a failure: so many attempts at once, and one more with each second. Whoever sends events may be anybody.
const ATTEMPTS = 10

/** Signatures that are taken: asymmetric ones with SHA-256 or better. `none` and HMAC are not among them (RFC 8725 §3.1). */
export const ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** Where the keys of an issuer are. */
export interface KeyPlace {
  readonly issuer: string
  /** @defaultValue `jwks_uri` of the first document that has one */
  readonly jwksUri: string | undefined
  readonly documents: readonly string[]
  readonly fetch: typeof globalThis.fetch
}

/** A document of an issuer, such as its metadata. @throws {Unavailable} */
export async function readDocument(
  url: string,
  issuer: string,
  fetch: typeof globalThis.fetch,
): Promise<Readonly<Record<string, unknown>>> {
  const { bytes } = await fetchBounded({ url, fetch, timeout: TIMEOUT, most: MOST, accept: 'application/json' })
  const found = parseObject(new TextDecoder().decode(bytes))
  if (found === undefined) throw new Unavailable('a document that is no JSON object')
  // RFC 8414 §3.3: identical, or it is somebody else's.
  if (found['issuer'] !== issuer) throw new Unavailable('a document of another issuer')
  return found
}

/**
 * Keys of an issuer, by `kid`, kept for ten minutes.
 *
 * @returns a function that throws {@link Unavailable} when it is unknown whether there is such a key
 */
export function createIssuerKeys(place: KeyPlace): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined
  let fetched = 0
  let failure: Unavailable | undefined
  let attempts = ATTEMPTS
  let countedAt = performance.now()

  /** @throws {Unavailable} the last one, when attempts that fail come too fast */
  function requireAttempt(): void {
    if (failure === undefined) return
    const now = performance.now()
    attempts = Math.min(ATTEMPTS, attempts + (now - countedAt) / 1000)
    countedAt = now
    if (attempts < 1) throw failure
    attempts -= 1
  }

  const fetchKeys = async (url: string): Promise<Response> => {
    fetched += 1
    const accept = 'application/jwk-set+json, application/json'
    const { bytes } = await fetchBounded({ url, fetch: place.fetch, timeout: TIMEOUT, most: MOST, accept })
    return new Response(bytes)
  }
  const locate = async (): Promise<JWTVerifyGetKey> => {
    const url = new URL(place.jwksUri ?? (await findKeys(place)))
    return createRemoteJWKSet(url, { [customFetch]: fetchKeys, cooldownDuration: COOLDOWN * 1000 })
  }

  return async (header, token) => {
    const before = fetched
    if (keys === undefined) requireAttempt()
    keys ??= locate()
    try {
      const found = await (await keys)(header, token)
      failure = undefined
      return found
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        if (isOfToken(error)) throw error
        // The document may name another place by now.
        keys = undefined
        failure = error instanceof Unavailable ? error : new Unavailable('a key set that cannot be used')
        throw failure
      }
      // Keys that were read a moment ago are not read again for whoever makes up a `kid`: whether the issuer has made a new
      // one meanwhile is not known.
      if (fetched === before) throw new TooSoon('an unknown kid, and keys that were read just now', COOLDOWN)
      throw error
    }
  }
}

/** What is wrong with a token, or with the one key that it names, and not with the way to the keys. */
function isOfToken(error: unknown): boolean {
  return error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported
}

async function findKeys({ issuer, documents, fetch }: KeyPlace): Promise<string> {
  let problem = new Unavailable('no document names jwks_uri')
  for (const url of documents) {
    try {
      const { jwks_uri: found } = await readDocument(url, issuer, fetch)
      if (mayLeadTo(found, issuer)) return found
    } catch (error) {
      if (error instanceof Unavailable) problem = error
    }
  }
  throw problem
}
