/** The claims of an access token that say whom it was issued for. */
interface TokenOwner {
  readonly issuer: string
  readonly subject: string | undefined
  readonly clientId: string | undefined
}

/**
 * Identifies the owner by whom a replay store limits entries: the issuer and the subject of an access token, or the
 * issuer and client where a token has no subject. A token by the client credentials grant should have the client as its
 * subject (RFC 9068 §2.2). Both are claims that the issuer asserts. Tokens with neither share one owner for their
 * issuer: all that remains to tell them apart, such as the key, the client chooses and could vary to evade the limit.
 *
 * JSON is an injective encoding, so no choice of names makes two owners look like one.
 */
export function proofOwner({ issuer, subject, clientId }: TokenOwner): string {
  return JSON.stringify([issuer, subject ?? null, subject === undefined ? (clientId ?? null) : null])
}
