import { warn } from './outcome/events.js'
import type { AuthEvent } from './outcome/events.js'

// An API has one, a platform for many tenants some dozens, the tests of an adapter two hundred. One for each request is
// there within minutes.
const MANY = 250

let made = 0

/**
 * Counts a resource server, and warns once when the process has made more than 250. Each has its own replay store,
 * so that a proof is accepted once by each of them (RFC 9449 §11.1), and fetches the issuer's keys for itself.
 */
export function countResourceServer(onEvent: ((event: AuthEvent) => void) | undefined): void {
  made += 1
  if (made !== MANY + 1) return
  const detail = `${made} resource servers were made in this process. Each remembers proofs and keys for itself only: where one is made for each request, a DPoP proof is accepted again and again. Make one when the application starts; with Hono, createAuth takes a function of the context`
  warn({ type: 'warning', code: 'many_resource_servers', detail }, onEvent)
}
