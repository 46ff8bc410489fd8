/** A JSON object from outside: nothing about its members is known. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A JWS in compact serialization (RFC 7515 §7.1), taken apart but not verified. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** The signature's bytes. */
  readonly signature: Uint8Array
  /** The first segment as sent. */
  readonly headerText: string
  /** What was signed: `header.payload` (RFC 7515 §5.2). */
  readonly signingInput: string
}

/** Text that is not an acceptable compact JWS. The message holds nothing of the text itself. */
export class MalformedJwsError extends Error {
  override readonly name = 'MalformedJwsError'
}

// Enough for any real token; bounds what a handler that walks or prints the claims can be made to do.
const MAX_DEPTH = 32
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a compact JWS apart, as text, before any library sees it: three non-empty segments of canonical base64url,
 * header and payload JSON objects in strict UTF-8, no extension that would change what the signature means.
 *
 * This does NOT verify the signature, nor any claim.
 *
 * @throws {MalformedJwsError}
 */
export function parseCompactJws(text: string): CompactJws {
  const firstDot = text.indexOf('.')
  const lastDot = text.lastIndexOf('.')
  if (firstDot === -1 || text.indexOf('.', firstDot + 1) !== lastDot) malformed('not three segments')
  const headerText = text.slice(0, firstDot)
  const header = parseObject(headerText, 'header')
  refuseExtensions(header)
  return {
    header,
    payload: parseObject(text.slice(firstDot + 1, lastDot), 'payload'),
    signature: decodeBase64Url(text.slice(lastDot + 1), 'signature'),
    headerText,
    signingInput: text.slice(0, lastDot),
  }
}

/**
 * RFC 7515 §4.1.11: `crit` names extensions that must be understood, and none is here. RFC 7797 §7: `b64` is only
 * valid with `crit`. RFC 7516 §4.1.3: `zip` belongs to JWE.
 */
function refuseExtensions(header: JsonObject): void {
  for (const name of ['crit', 'b64', 'zip']) {
    if (Object.hasOwn(header, name)) malformed(`header has ${name}`)
  }
}

function parseObject(segment: string, part: string): JsonObject {
  const value = parseJson(decodeBase64Url(segment, part), part)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) malformed(`${part} is not a JSON object`)
  freezeJson(value, part)
  return value as JsonObject // an object that is neither null nor an array, from JSON.parse
}

function parseJson(bytes: Uint8Array, part: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return malformed(`${part} is not JSON in UTF-8`)
  }
}

/** Freezes in depth, without recursion: the depth is the sender's choice. */
function freezeJson(root: object, part: string): void {
  let level: object[] = [root]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) malformed(`${part} is nested too deeply`)
    const next: object[] = []
    for (const value of level) {
      // JSON.parse makes an own member of it; code that copies members by assignment would set the prototype.
      if (Object.hasOwn(value, '__proto__')) malformed(`${part} has a member __proto__`)
      Object.freeze(value)
      // An object from JSON.parse: its members can be anything.
      for (const member of Object.values(value as Record<string, unknown>)) {
        if (typeof member === 'object' && member !== null) next.push(member)
      }
    }
    level = next
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BASE64URL = /^[A-Za-z0-9_-]+$/
// A segment whose last character carries 4 or 2 bits beyond the last byte; in canonical form they are zero.
const STRAY_BITS = [0, 0, 0b1111, 0b11]

/**
 * Decodes base64url strictly (RFC 7515 §2, RFC 4648 §3.5): no padding, no foreign characters, no stray trailing
 * bits, so that one value has one text.
 */
function decodeBase64Url(text: string, part: string): Uint8Array {
  if (!BASE64URL.test(text) || text.length % 4 === 1) malformed(`${part} is not base64url`)
  const lastCharacter = ALPHABET.indexOf(text.charAt(text.length - 1))
  if ((lastCharacter & (STRAY_BITS[text.length % 4] ?? 0)) !== 0) malformed(`${part} is not canonical base64url`)
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (c) => c.charCodeAt(0))
}

function malformed(message: string): never {
  throw new MalformedJwsError(message)
}
