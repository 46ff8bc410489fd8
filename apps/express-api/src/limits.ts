import { getAuth } from '@acme/auth-express'
import { limitKey, tooManyRequests } from '@acme/sample-api'
import type { LimitSettings, SharedCounter } from '@acme/sample-api'
import { rateLimit } from 'express-rate-limit'
import type { Store } from 'express-rate-limit'
import type { RequestHandler } from 'express'

/** So many requests of one subject in a window. To stand after the guard: before it, there is no subject. */
export function limitSubject({ limit, window, counter }: LimitSettings): RequestHandler {
  return rateLimit({
    limit,
    windowMs: window * 1000,
    keyGenerator: (request) => limitKey(getAuth(request)),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    ...(counter !== undefined && { store: storeOn(counter) }),
    handler(request, _response, next) {
      const { rateLimit: { resetTime } = {} } = request as { rateLimit?: { resetTime?: Date } } // as: of the plugin
      next(tooManyRequests((resetTime?.getTime() ?? 0) - Date.now()))
    },
  })
}

function storeOn(counter: SharedCounter): Store {
  return {
    localKeys: false,
    async increment(key) {
      const { hits, left } = await counter.hit(key)
      return { totalHits: hits, resetTime: new Date(Date.now() + left) }
    },
    // Nothing here takes a hit back.
    decrement: () => undefined,
    resetKey: () => undefined,
  }
}
