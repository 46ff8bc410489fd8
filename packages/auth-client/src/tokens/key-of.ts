/** A name for a record, from all that it must not be shared across: a digest, since a session's identifier is a secret. */
export async function keyOf(parts: readonly (string | undefined)[]): Promise<string> {
  // JSON keeps the parts apart: no two lists give the same text.
  const text = new TextEncoder().encode(JSON.stringify(parts.map((part) => part ?? null)))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
