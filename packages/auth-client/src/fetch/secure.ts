/** Whether what goes there is read by nobody on the way: TLS, or a loopback host (RFC 8252 §8.3). */
export function isSecure({ protocol, hostname }: URL): boolean {
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback)
}
