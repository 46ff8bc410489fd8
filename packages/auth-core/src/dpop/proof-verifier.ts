import type { Settings } from '../options/options.js'
import { isAuthError, setStatus } from '../outcome/errors.js'
import { createPublicUrl } from '../public-url/public-url.js'
import { createLruMap } from '../util/lru.js'
import { createNonces } from './nonce.js'
import { verifyProof } from './proof.js'
import type { ProofTarget, VerifiedProof } from './proof.js'
import { PROOF_KEYS_ROOM } from './proof-key.js'
import type { KnownProofKey } from './proof-key.js'
import { memoryReplayStore } from './replay/memory-replay-store.js'
import { trackReservations } from './replay/replay.js'
import type { ReplayStatistics } from './replay/replay.js'
import { warnOfSmallStore } from './replay/replay-size-warning.js'
import type { ReplayStore } from './replay/replay-store.js'

/** Verifies the proof of a request. @throws {AuthError} as `verifyProof` does */
export interface ProofVerifier {
  (proofs: readonly string[], target: ProofTarget): Promise<VerifiedProof>
  /** What the replay store answered; undefined where there is none. */
  readonly answers?: ReplayStatistics | undefined
}

/** Of the resource server, beside its settings. */
export interface ProofDependencies {
  readonly now: () => number
  /** Where the settings name no store. @defaultValue a store in memory */
  readonly replay?: ReplayStore | undefined
}

// Of clients' proofs: one per client.
const KNOWN_PROOF_KEYS = 10_000

export function createProofVerifier(settings: Settings, dependencies: ProofDependencies): ProofVerifier {
  const { dpop, onEvent, publicOrigins, publicUrl, signatures } = settings
  const { now } = dependencies
  if (dpop.mode !== 'disabled' && dpop.replay === undefined) warnOfSmallStore(dpop, onEvent)
  const replay = dpop.replay ?? dependencies.replay ?? memoryReplayStore({ now })
  const tracked = replay === false ? undefined : trackReservations(replay)
  const policy = {
    ...dpop,
    replay: tracked,
    nonces: dpop.nonce && createNonces(dpop.nonce, now),
    now,
    signatures,
    publicUrl: createPublicUrl(publicOrigins, onEvent, publicUrl),
    keys: createLruMap<KnownProofKey>(KNOWN_PROOF_KEYS, PROOF_KEYS_ROOM),
  }
  const counted = { answers: dpop.mode === 'disabled' ? undefined : tracked?.answers }
  const verify = verifyProof.bind(undefined, policy)
  if (dpop.proofErrorStatus === 400) return Object.assign(verify, counted)
  const withStatus: ProofVerifier = (proofs, target) =>
    verify(proofs, target).catch((error: unknown) => {
      if (isAuthError(error) && error.error === 'invalid_dpop_proof') setStatus(error, dpop.proofErrorStatus)
      throw error
    })
  return Object.assign(withStatus, counted)
}
