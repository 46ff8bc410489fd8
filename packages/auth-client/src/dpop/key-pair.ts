/** What is used of a `CryptoKey`, so that these types need no library of the DOM. */
export interface WebCryptoKey {
  readonly type: 'private' | 'public' | 'secret'
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
}

/** A `CryptoKeyPair` for signing: what a token is bound to (RFC 9449 §4.2). */
export interface DpopKeyPair {
  readonly privateKey: WebCryptoKey
  readonly publicKey: WebCryptoKey
}
