// Segments of RFC 3986 §3.3 without percent-encoding. Refused: dot segments and empty segments, which would change
// where the path leads, and dots before path parameters (`/..;a=b`), which some servers treat as a dot segment.
const PREFIX = /^(?:\/(?!\.{1,2}(?:[;/]|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?$/

/** Whether a text may be put in front of paths: `/`, `/shop` or `/shop/v1/`. */
export function isPlainPrefix(text: string): boolean {
  return text !== '' && PREFIX.test(text)
}
