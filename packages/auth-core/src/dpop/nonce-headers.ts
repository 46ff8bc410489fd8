/**
 * The response headers that carry a nonce. RFC 9449 §8.2: such a response is not to be cached, or it serves a stale
 * nonce.
 */
export function nonceHeaders(nonce: string): Readonly<Record<string, string>> {
  return { 'cache-control': 'no-store', 'dpop-nonce': nonce }
}
