const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost']

/** Whether a URI is among those of a list; without a list, whether it is one to redirect to at all. */
export function isAllowedUri(uri: string, allowed: readonly string[] | undefined): boolean {
  // RFC 6749 §3.1.2: absolute, and without a fragment. A browser would run the code of javascript: and data:.
  if (!URL.canParse(uri) || uri.includes('#') || /^(javascript|data):/i.test(new URL(uri).protocol)) return false
  return allowed === undefined || allowed.some((each) => each === uri || withoutPort(each) === withoutPort(uri))
}

// RFC 8252 §7.3: on loopback a client cannot know its port beforehand.
function withoutPort(uri: string): string {
  const url = new URL(uri)
  if (url.protocol === 'http:' && LOOPBACK.includes(url.hostname)) url.port = ''
  return url.href
}
