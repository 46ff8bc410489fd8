import type { AuthContext } from '@acme/auth-hono'
import { limitKey, tooManyRequests } from '@acme/sample-api'
import type { LimitSettings, SharedCounter } from '@acme/sample-api'
import type { MiddlewareHandler } from 'hono'
import { rateLimiter } from 'hono-rate-limiter'
import type { Store } from 'hono-rate-limiter'

type Guarded = { Variables: { auth: AuthContext; rateLimit: { resetTime?: Date } } }

/** So many requests of one subject in a window. To stand after the guard: before it, there is no subject. */
export function limitSubject({ limit, window, counter }: LimitSettings): MiddlewareHandler<Guarded> {
  return rateLimiter<Guarded>({
    limit,
    windowMs: window * 1000,
    keyGenerator: (c) => limitKey(c.var.auth),
    standardHeaders: 'draft-7',
    ...(counter !== undefined && { store: storeOn(counter) }),
    handler(c) {
      throw tooManyRequests((c.var.rateLimit.resetTime?.getTime() ?? 0) - Date.now())
    },
  })
}

function storeOn(counter: SharedCounter): Store<Guarded> {
  return {
    async increment(key) {
      const { hits, left } = await counter.hit(key)
      return { totalHits: hits, resetTime: new Date(Date.now() + left) }
    },
    // Nothing here takes a hit back.
    decrement: () => undefined,
    resetKey: () => undefined,
  }
}
