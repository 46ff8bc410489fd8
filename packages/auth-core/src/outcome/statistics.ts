import type { OpaqueTokenStatistics } from '../access-token/opaque-tokens.js'
import type { TokenCacheStatistics } from '../access-token/token-cache.js'
import type { DecisionPolicy } from '../decide.js'
import type { ReplayStatistics } from '../dpop/replay/replay.js'

/** What a resource server has counted since it was made: numbers alone, for metrics. */
export interface Statistics {
  /** Undefined without a cache of tokens. */
  readonly tokenCache: TokenCacheStatistics | undefined
  /** Undefined without a replay store. */
  readonly replay: ReplayStatistics | undefined
  /** Undefined without `opaqueTokens`. */
  readonly opaqueTokens: OpaqueTokenStatistics | undefined
}

export function statisticsOf({ token, verifyProof }: DecisionPolicy): Statistics {
  return {
    tokenCache: token.cache?.statistics(),
    replay: verifyProof.answers && { ...verifyProof.answers },
    opaqueTokens: token.opaque && { ...token.opaque.answers },
  }
}
