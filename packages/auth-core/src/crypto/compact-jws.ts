import { decodeText, isBase64Url } from '#crypto'

/** A JSON object from outside. Its members are unchecked. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A JWS in compact serialization (RFC 7515 §7.1), parsed but not verified. */
export interface CompactJws {
  readonly text: string
  readonly header: JsonObject
  readonly payload: JsonObject
  /** The last segment as sent: base64url in canonical form. */
  readonly signatureText: string
  /** The first segment as sent. */
  readonly headerText: string
  /** What was signed: `header.payload` (RFC 7515 §5.2). */
  readonly signingInput: string
}

/** Text that is not an acceptable compact JWS. The message quotes nothing of the text, so it is safe to log. */
export class MalformedJwsError extends Error {
  override readonly name = 'MalformedJwsError'
}

// Levels of nesting. Real tokens stay far below. Handlers that walk or print the claims recursively cannot be made to
// overflow the stack.
const MAX_DEPTH = 32

/**
 * Parses a compact JWS before any library sees it: three non-empty segments of canonical base64url, header and payload
 * JSON objects in strict UTF-8, and no extension that changes what the signature covers.
 *
 * This does NOT verify the signature, nor any claim. The payload is not frozen, see `freezeJson`.
 *
 * @param knownHeader - the header of an earlier JWS with the same first segment; it is then not parsed again
 *
 * @throws {MalformedJwsError}
 */
export function parseCompactJws(text: string, knownHeader?: JsonObject): CompactJws {
  const firstDot = text.indexOf('.')
  const lastDot = text.indexOf('.', firstDot + 1)
  if (firstDot === -1 || lastDot === -1) malformed('not three segments')
  const headerText = text.slice(0, firstDot)
  const header = knownHeader ?? parseHeader(headerText)
  const payload = parseObject(text.slice(firstDot + 1, lastDot), 'payload')
  const signatureText = text.slice(lastDot + 1)
  if (!isBase64Url(signatureText)) malformed('signature is not canonical base64url')
  return { text, header, payload, signatureText, headerText, signingInput: text.slice(0, lastDot) }
}

/**
 * The longest first segment, in characters, that caches use as a key. A DPoP header with an RSA key of 4096 bits fits.
 */
export const LONGEST_KNOWN_HEADER = 1024

/** The first segment as sent. Caches of parsed headers are keyed by it. */
export function headerSegment(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf('.')))
}

function parseHeader(headerText: string): JsonObject {
  const header = parseObject(headerText, 'header')
  refuseExtensions(header)
  return freezeJson(header)
}

/**
 * RFC 7515 §4.1.11: a recipient must refuse extensions in `crit` that it does not support; this one supports none.
 * RFC 7797 §7: `b64` is only valid together with `crit`. RFC 7516 §4.1.3: `zip` is a JWE parameter.
 */
function refuseExtensions(header: JsonObject): void {
  for (const name of ['crit', 'b64', 'zip']) {
    if (Object.hasOwn(header, name)) malformed(`header has ${name}`)
  }
}

function parseObject(segment: string, part: string): JsonObject {
  const text = decodeText(segment) ?? malformed(`${part} is not UTF-8 in canonical base64url`)
  const value = parseJson(text, part)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) malformed(`${part} is not a JSON object`)
  if (!isEvidentlySafe(text)) checkMembers(value, part)
  return value as JsonObject // an object that is neither null nor an array, from JSON.parse
}

function parseJson(text: string, part: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return malformed(`${part} is not JSON`)
  }
}

/** A fast path: whether the text alone proves that `checkMembers` would pass. True for nearly all tokens. */
function isEvidentlySafe(text: string): boolean {
  // JSON can write the name with escapes, such as `\u005f`, so any backslash needs the full check.
  if (text.includes('__proto__') || text.includes('\\')) return false
  let opened = 0
  for (let at = text.indexOf('{'); at !== -1 && opened <= MAX_DEPTH; at = text.indexOf('{', at + 1)) opened++
  for (let at = text.indexOf('['); at !== -1 && opened <= MAX_DEPTH; at = text.indexOf('[', at + 1)) opened++
  return opened <= MAX_DEPTH
}

type Json = Record<string, unknown>

/**
 * Refuses JSON that a handler could not walk safely.
 *
 * Breadth first, not recursive: the sender chooses the depth, and a deep object would overflow the
 * stack.
 *
 * @throws {MalformedJwsError}
 */
export function checkMembers(root: object, part: string): void {
  let level = [root as Json]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) malformed(`${part} is nested too deeply`)
    const next: Json[] = []
    for (const value of level) {
      // Objects from JSON.parse inherit nothing enumerable, so `for in` visits own members only.
      for (const name in value) {
        // Prototype pollution (CWE-1321): code that copies members by assignment would set the prototype.
        if (name === '__proto__') malformed(`${part} has a member __proto__`)
        const member = value[name]
        if (typeof member === 'object' && member !== null) next.push(member as Json)
      }
    }
    level = next
  }
}

/** Freezes JSON deeply. All requests with one token share its claims, so no handler may change them for another. */
export function freezeJson<Root extends object>(root: Root): Root {
  Object.freeze(root)
  for (const member of Object.values(root)) if (typeof member === 'object' && member !== null) freezeJson(member)
  return root
}

function malformed(message: string): never {
  throw new MalformedJwsError(message)
}
