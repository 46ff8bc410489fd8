import { base64url } from 'jose'

import { readBounded, TooLarge } from '../http/read-bounded.js'

/** Bytes of a list: 128 million statuses of one bit. */
const MAX_LIST = 16 * 1024 * 1024

/**
 * What was compressed by DEFLATE in the format of ZLIB (RFC 1950, draft-ietf-oauth-status-list §4.1). A few bytes may inflate to
 * gigabytes: it ends as soon as it is too much.
 *
 * @returns `undefined` for too much, and for anything else
 */
export async function inflate(text: string): Promise<Uint8Array | undefined> {
  try {
    const compressed = new Blob([Uint8Array.from(base64url.decode(text))]).stream()
    return await readBounded(compressed.pipeThrough(new DecompressionStream('deflate')), MAX_LIST)
  } catch (error) {
    // A runtime without it is a fault, not a bad list.
    if (error instanceof ReferenceError) throw error
    if (error instanceof TooLarge || error instanceof Error) return undefined
    throw error
  }
}
