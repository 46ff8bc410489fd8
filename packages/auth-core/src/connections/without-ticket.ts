import { TICKET_PARAMETER } from './handshake.js'

/**
 * A URL or a request target for a log line: a ticket in its query is replaced by `…`. Loggers of frameworks write the whole
 * target before a guard sees the request; a ticket is good once and for seconds, and has no place there.
 *
 * @example
 * ```ts
 * import { withoutTicket } from '@acme/auth-core'
 *
 * console.log(withoutTicket('/ws?room=1&auth0_ticket=abc')) // /ws?room=1&auth0_ticket=…
 * ```
 */
export function withoutTicket(url: string): string {
  const start = url.indexOf('?') + 1
  if (start === 0) return url
  const parameters = url.slice(start).split('&')
  return url.slice(0, start) + parameters.map((one) => (isTicket(one) ? `${TICKET_PARAMETER}=…` : one)).join('&')
}

/** Names are compared as `URLSearchParams` reads them. */
function isTicket(parameter: string): boolean {
  return new URLSearchParams(parameter).has(TICKET_PARAMETER)
}
