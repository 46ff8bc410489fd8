/** What a token says of whom it is for. */
interface TokenOwner {
  readonly issuer: string
  readonly subject: string | undefined
  readonly clientId: string | undefined
}

/**
 * Whose proofs count together: those of one subject of one issuer, or of one client where tokens have no subject (RFC 9068
 * §2.2: a client's own token should have the client for its subject). The issuer says who that is. Where it says neither,
 * all of its tokens count together: anything that is left, such as the key, is the client's choice.
 */
export function proofOwner({ issuer, subject, clientId }: TokenOwner): string {
  return JSON.stringify([issuer, subject ?? null, subject === undefined ? (clientId ?? null) : null])
}
