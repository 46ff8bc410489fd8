import { getAuth } from '@acme/auth-fastify'
import { limitKey, tooManyRequests } from '@acme/sample-api'
import type { LimitSettings, SharedCounter } from '@acme/sample-api'
import rateLimit from '@fastify/rate-limit'
import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'

/** Brings `fastify.rateLimit()`, for `preHandler`: the plugin's own hook runs before the guard, without a subject. */
export async function limitSubject(fastify: FastifyInstance, { limit, window, counter }: LimitSettings): Promise<void> {
  await fastify.register(rateLimit, {
    global: false,
    hook: 'preHandler',
    max: limit,
    timeWindow: window * 1000,
    keyGenerator: (request) => limitKey(getAuth(request)),
    enableDraftSpec: true,
    ...(counter !== undefined && { store: storeOn(counter) }),
    errorResponseBuilder: (_request, { ttl }) => tooManyRequests(ttl),
  })
}

function storeOn(counter: SharedCounter): FastifyRateLimitStoreCtor {
  return class CounterStore implements FastifyRateLimitStore {
    incr(key: string, done: Parameters<FastifyRateLimitStore['incr']>[1]): void {
      counter.hit(key).then(
        ({ hits, left }) => done(null, { current: hits, ttl: left }),
        (error: Error) => done(error),
      )
    }

    child(): this {
      return this
    }
  }
}
