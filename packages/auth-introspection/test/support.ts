import { createResourceServer } from '@acme/auth-core'
import type { AuthEvent, AuthOptions, ResourceServer } from '@acme/auth-core'

/** A resource server, with what it told, and a clock that a test moves. */
export interface Api {
  readonly server: ResourceServer
  readonly events: AuthEvent[]
  /** Moves the clock, in seconds. */
  advance(seconds: number): void
  /** The status of a request, 200 when it is let through, and why not. */
  get(token: string, proof?: string): Promise<readonly [status: number, reason: string]>
}

/** @param clock - whether it goes on by itself */
export function createApi(options: AuthOptions, clock: 'running' | 'frozen' = 'running'): Api {
  const events: AuthEvent[] = []
  let ahead = 0
  const start = Date.now()
  const now = (): number => (clock === 'frozen' ? start : Date.now()) / 1000 + ahead
  const server = createResourceServer({ onEvent: (event) => events.push(event), ...options }, { now })
  return {
    server,
    events,
    advance(seconds) {
      ahead += seconds
    },
    async get(token, proof) {
      const headers = { authorization: `${proof === undefined ? 'Bearer' : 'DPoP'} ${token}`, host: 'api.example.com' }
      const url = 'https://api.example.com/items'
      const sent = { method: 'GET', url, headers: proof === undefined ? headers : { ...headers, dpop: proof } }
      try {
        await server.verifyRequest(sent)
        return [200, '']
      } catch (error) {
        if (!isRefusal(error)) throw error
        return [error.status, error.reason]
      }
    },
  }
}

function isRefusal(error: unknown): error is { status: number; reason: string } {
  return typeof error === 'object' && error !== null && 'reason' in error && 'status' in error
}

/** What introspection told, as text. */
export function told(events: readonly AuthEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'introspection' ? [`${event.transition}: ${event.detail ?? ''}`] : [],
  )
}
