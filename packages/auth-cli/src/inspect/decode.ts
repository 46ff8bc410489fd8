/** JSON as an object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What a token is by its form. Nothing is verified. */
export interface DecodedToken {
  readonly form: 'jwt' | 'encrypted' | 'opaque'
  readonly header: JsonObject
  readonly claims: JsonObject
}

/** Reads a token, as leniently as possible: it is there to be looked at, and core judges it. */
export function decodeToken(token: string): DecodedToken {
  const segments = token.split('.')
  const header = objectOf(segments[0])
  // RFC 7516 §7.1: five segments.
  if (segments.length === 5 && header !== undefined) return { form: 'encrypted', header, claims: {} }
  const claims = objectOf(segments[1])
  if (header === undefined) return { form: 'opaque', header: {}, claims: {} }
  // Signed, and no claims: what is in there is shown by its header alone.
  if (claims === undefined) return { form: 'opaque', header, claims: {} }
  return { form: 'jwt', header, claims }
}

function objectOf(segment: string | undefined): JsonObject | undefined {
  if (segment === undefined) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
