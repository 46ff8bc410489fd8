const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/** https, or http that does not leave the machine (RFC 8252 §8.3); without userinfo and fragment. */
export function isSafeUrl(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 2048 || !URL.canParse(text)) return false
  const { protocol, username, password, hash } = new URL(text)
  if (username !== '' || password !== '' || hash !== '') return false
  return protocol === 'https:' || isLoopback(text)
}

/** Whether a URL is http on a loopback host. */
export function isLoopback(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === 'http:' && LOOPBACK.test(hostname)
}

/** Whether a URL that an issuer's document names may be used: not one that leads from elsewhere into this machine. */
export function mayLeadTo(url: unknown, issuer: string): url is string {
  return isSafeUrl(url) && (!isLoopback(url) || isLoopback(issuer))
}

/** Where a document of an issuer is: the well-known part is inserted before its path (RFC 8414 §3.1). */
export function wellKnown(issuer: string, name: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/${name}${pathname.replace(/\/$/, '')}`
}
