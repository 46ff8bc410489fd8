/** What the two implementations of `#crypto` have in common. */

/** A public key, reduced to the members that define it: those of its thumbprint (RFC 7638 §3.2). */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

/** A public key, ready to verify with one algorithm. Made by `importKey`, and known to it alone. */
export interface VerificationKey {
  readonly algorithm: string
}

/** What a signature is over, and the signature. */
export interface SignedText {
  /** The whole compact JWS. */
  readonly text: string
  /** ASCII: `header.payload` (RFC 7515 §5.2). */
  readonly signingInput: string
  /** Base64url in canonical form. */
  readonly signatureText: string
}

/**
 * Where signatures are verified: `synchronous` is the cheapest, but holds the event loop; `thread-pool` holds it least;
 * `auto` is synchronous until a burst would hold the loop for more than 10 ms. Only Node's implementation has the choice.
 */
export type SignatureScheduling = 'auto' | 'synchronous' | 'thread-pool'
