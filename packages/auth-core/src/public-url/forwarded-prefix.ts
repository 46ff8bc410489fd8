// Segments of unreserved characters and sub-delims; no escapes, dots alone or empty segments can move the path. To some
// servers dots with path parameters behind them are dots alone: `/..;a=b`.
const PREFIX = /^(?:\/(?!\.{1,2}(?:[;/]|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?$/

/** Whether a text is a path that can stand in front of others: `/`, `/shop` or `/shop/v1/`. */
export function isPlainPrefix(text: string): boolean {
  return text !== '' && PREFIX.test(text)
}
