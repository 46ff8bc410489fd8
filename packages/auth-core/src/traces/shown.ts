import { printable } from '../util/quote.js'

// As the header of every JWT begins; signed, encrypted, or cut off.
const JWT = /eyJ[\w-]{4,}(?:\.[\w-]*)+/g
const MOST = 200

/** Somebody else's text as a trace has it: for one line, bounded, and without a JWT. */
export function shown(text: string, maxLength: number = MOST): string {
  return withoutJwt(printable(text, maxLength))
}

/** A path, a claim or a header may be a token as well as any other text. */
export function withoutJwt(text: string): string {
  return text.replace(JWT, '(a JWT)')
}
