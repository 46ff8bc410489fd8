import type { AuthContext } from '@acme/auth-nestjs'
import { limitKey, tooManyRequests } from '@acme/sample-api'
import type { LimitSettings, SharedCounter } from '@acme/sample-api'
import { Injectable } from '@nestjs/common'
import type { DynamicModule, ExecutionContext } from '@nestjs/common'
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler'
import type { ThrottlerLimitDetail, ThrottlerStorage } from '@nestjs/throttler'

export function limitSubjects({ limit, window, counter }: LimitSettings): DynamicModule {
  return ThrottlerModule.forRoot({
    throttlers: [{ limit, ttl: window * 1000 }],
    ...(counter !== undefined && { storage: storageOn(counter) }),
  })
}

/** So many requests of one subject in a window. To stand after the guard: before it, there is no subject. */
@Injectable()
export class SubjectLimitGuard extends ThrottlerGuard {
  protected override async getTracker({ auth }: { auth?: AuthContext }): Promise<string> {
    // Never counted for an address instead.
    if (auth === undefined) throw new TypeError('SubjectLimitGuard: a route has no Auth0Guard before it')
    return limitKey(auth)
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw tooManyRequests(timeToBlockExpire * 1000)
  }
}

function storageOn(counter: SharedCounter): ThrottlerStorage {
  return {
    async increment(key, _ttl, limit) {
      const { hits, left } = await counter.hit(key)
      const seconds = Math.ceil(left / 1000)
      return { totalHits: hits, timeToExpire: seconds, isBlocked: hits > limit, timeToBlockExpire: seconds }
    },
  }
}
