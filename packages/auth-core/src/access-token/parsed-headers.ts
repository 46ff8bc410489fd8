import { headerSegment, LONGEST_KNOWN_HEADER } from '../crypto/compact-jws.js'
import type { CompactJws, JsonObject } from '../crypto/compact-jws.js'
import { flatCopy } from '../util/flat-copy.js'
import { createLruMap } from '../util/lru.js'

/**
 * Parsed headers of tokens that were accepted, by their text. An issuer writes the same bytes for all tokens of a key.
 * Measured: 2 of the 42 µs that a new RS256 token takes.
 */
export interface ParsedHeaders {
  /** @param token - a compact JWS of which nothing is known yet */
  of(token: string): JsonObject | undefined
  /** Only for a token that passed every check: nothing unproven takes room. */
  keep(jws: CompactJws): void
}

// A few per issuer.
const ENTRIES = 200

export function createParsedHeaders(): ParsedHeaders {
  const byText = createLruMap<JsonObject>(ENTRIES)
  return {
    of: (token) => byText.get(headerSegment(token)),
    keep({ headerText, header }) {
      if (headerText.length <= LONGEST_KNOWN_HEADER) byText.set(flatCopy(headerText), header)
    },
  }
}
