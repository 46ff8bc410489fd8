import { createParsedHeaders } from './access-token/parsed-headers.js'
import { createTokenCache } from './access-token/token-cache.js'
import type { DecisionPolicy } from './decide.js'
import { createNonces } from './dpop/nonce.js'
import { PROOF_KEYS_ROOM } from './dpop/proof-key.js'
import type { KnownProofKey } from './dpop/proof-key.js'
import { memoryReplayStore } from './dpop/replay/memory-replay-store.js'
import { trackReservations } from './dpop/replay/replay.js'
import { warnOfSmallStore } from './dpop/replay/replay-size-warning.js'
import type { ReplayStore } from './dpop/replay/replay-store.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import type { TrustedIssuers } from './issuer/trusted-issuers-types.js'
import { countResourceServer } from './many-servers.js'
import { resolveOptions } from './options/options.js'
import type { AuthOptions, Settings } from './options/options.js'
import { emit, warn } from './outcome/events.js'
import { createPublicUrl } from './public-url/public-url.js'
import { createRequestMemo } from './request/request-memo.js'
import { createLruMap } from './util/lru.js'

/** What an adapter, or a test, gives beside the options. */
export interface ResourceServerDependencies {
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
  /** Where the options name no store: one that several resource servers share. @defaultValue a store in memory */
  readonly replay?: ReplayStore
}

/** The parts of a resource server. */
export interface Assembly {
  readonly settings: Settings
  readonly issuers: TrustedIssuers
  readonly decisions: DecisionPolicy
}

// Of clients' proofs: one per client.
const KNOWN_PROOF_KEYS = 10_000

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function assemble(options: AuthOptions, dependencies: ResourceServerDependencies): Assembly {
  const now = dependencies.now ?? (() => Date.now() / 1000)
  const settings = resolveOptions(options)
  const { clockTolerance, dpop, signatures, tokenProfile, onEvent } = settings
  countResourceServer(onEvent)
  if (dpop.mode !== 'disabled' && dpop.replay === undefined) warnOfSmallStore(dpop, onEvent)
  const replay = dpop.replay ?? dependencies.replay ?? memoryReplayStore({ now })
  const issuers = createTrustedIssuers(settings.issuers, {
    ...settings.keys,
    fetch: settings.fetch,
    now,
    report: (event) => emit(onEvent, event),
    warn: (event) => warn(event, onEvent),
  })
  const token = {
    issuers,
    tokenProfile,
    clockTolerance,
    now,
    signatures,
    headers: createParsedHeaders(),
    cache: settings.tokenCache === 0 ? undefined : createTokenCache(settings.tokenCache),
  }
  const proof = {
    ...dpop,
    replay: replay === false ? undefined : trackReservations(replay),
    nonces: dpop.nonce && createNonces(dpop.nonce, now),
    now,
    signatures,
    publicUrl: createPublicUrl(settings.publicOrigins, onEvent, settings.publicUrl),
    keys: createLruMap<KnownProofKey>(KNOWN_PROOF_KEYS, PROOF_KEYS_ROOM),
  }
  return { settings, issuers, decisions: { mode: dpop.mode, token, proof, callers: createRequestMemo() } }
}
