/** The types that both implementations of `#crypto` (node.ts, web.ts) share. */

/** A public key, reduced to its required members: those that its thumbprint is made of (RFC 7638 §3.2). */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

/** A public key, imported for one algorithm. Opaque: only the implementation whose `importKey` made it can read it. */
export interface VerificationKey {
  readonly algorithm: string
}

/** A signature and what it covers. */
export interface SignedText {
  /** The whole compact JWS. */
  readonly text: string
  /** ASCII: `header.payload` (RFC 7515 §5.2). */
  readonly signingInput: string
  /** Base64url in canonical form. */
  readonly signatureText: string
}

/**
 * Where signatures are verified. `synchronous` costs the least CPU and blocks the event loop meanwhile. `thread-pool`
 * blocks it least. `auto` is synchronous for up to 10 ms in one turn of the event loop, then waits for the next turn,
 * then uses the pool. Has an effect on Node only: elsewhere WebCrypto decides.
 */
export type SignatureScheduling = 'auto' | 'synchronous' | 'thread-pool'
