import { algorithmList } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { DpopMode } from '../dpop/mode.js'
import { memoryReplayStore } from '../dpop/replay/memory-replay-store.js'
import type { ReplayStore } from '../dpop/replay/replay-store.js'
import { resolveNonce } from './nonce-options.js'
import type { NonceOptions, NonceSettings } from './nonce-options.js'
import {
  configurationError,
  oneOf,
  rejectUndefined,
  rejectUnknownNames,
  requireObject,
  seconds,
} from './option-checks.js'

/** How DPoP proofs are judged. */
export interface DpopOptions {
  /** @defaultValue 'allowed' */
  readonly mode?: DpopMode
  /** The greatest age of a proof, in seconds. @defaultValue 300 */
  readonly proofMaxAge?: number
  /** Seconds by which the client's clock may differ. @defaultValue 30 */
  readonly clockTolerance?: number
  /** @defaultValue ['ES256'] */
  readonly algorithms?: readonly Algorithm[]
  /** Remembers proofs; `false` switches replay detection off. @defaultValue a store in memory */
  readonly replay?: ReplayStore | false
  /** Nonces of this server in proofs (RFC 9449 §9). @defaultValue false */
  readonly nonce?: NonceOptions | false
}

/** {@link DpopOptions}, checked and with defaults. */
export interface DpopSettings {
  readonly mode: DpopMode
  readonly proofMaxAge: number
  readonly clockTolerance: number
  readonly algorithms: readonly Algorithm[]
  readonly replay: ReplayStore | undefined
  readonly nonce: NonceSettings | undefined
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function resolveDpop(dpop: DpopOptions, now: () => number, shared: ReplayStore | undefined): DpopSettings {
  requireObject('dpop', dpop, "an object such as { mode: 'required' }")
  rejectUnknownNames('dpop', dpop, ['mode', 'proofMaxAge', 'clockTolerance', 'algorithms', 'replay', 'nonce'])
  rejectUndefined('dpop.', dpop)
  const mode = oneOf('dpop.mode', dpop.mode, ['allowed', 'required', 'disabled'], 'allowed')
  return Object.freeze({
    mode,
    proofMaxAge: seconds('dpop.proofMaxAge', dpop.proofMaxAge, 300),
    clockTolerance: seconds('dpop.clockTolerance', dpop.clockTolerance, 30),
    algorithms: algorithmList('dpop.algorithms', dpop.algorithms, ['ES256']),
    replay: resolveReplay(dpop.replay, now, shared),
    nonce: resolveNonce(dpop.nonce, mode),
  })
}

function resolveReplay(replay: unknown, now: () => number, shared: ReplayStore | undefined): ReplayStore | undefined {
  if (replay === undefined) return shared ?? memoryReplayStore({ now })
  if (replay === false) return undefined
  if (isReplayStore(replay)) return replay
  // Not shown: it may be a client of a database, with a password.
  const given = typeof replay === 'object' && replay !== null ? 'another object' : replay
  throw configurationError('dpop.replay', given, 'a ReplayStore or false')
}

function isReplayStore(value: unknown): value is ReplayStore {
  return typeof value === 'object' && value !== null && 'reserve' in value && typeof value.reserve === 'function'
}
