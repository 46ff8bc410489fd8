/** The claims of a token, for what they are worth: whoever is asked to sign them again verifies nothing. @throws {TypeError} */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // As below.
  }
  throw new TypeError('token: want a JWT')
}
