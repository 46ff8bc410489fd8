import { readAlgorithms } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { DpopMode } from '../dpop/mode.js'
import type { ReplayStore } from '../dpop/replay/replay-store.js'
import { readNonceOptions } from './nonce-options.js'
import type { NonceOptions, NonceSettings } from './nonce-options.js'
import { configurationError, secretError } from './option-checks.js'
import { oneOf, readOptions, seconds } from './read-options.js'
import type { OptionTable } from './read-options.js'

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
  /**
   * The status of a refusal for the proof itself (`invalid_dpop_proof`), which RFC 9449 §7.1 leaves open: 401 for clients of
   * MCP and others that take it for the only one that asks for credentials. @defaultValue 400
   */
  readonly proofErrorStatus?: 400 | 401
}

/** {@link DpopOptions}, checked and with defaults. */
export interface DpopSettings {
  readonly mode: DpopMode
  readonly proofMaxAge: number
  readonly clockTolerance: number
  readonly algorithms: readonly Algorithm[]
  /** Undefined for the default. */
  readonly replay: ReplayStore | false | undefined
  readonly nonce: NonceSettings | undefined
  readonly proofErrorStatus: 400 | 401
}

const TABLE: OptionTable<DpopSettings> = {
  mode: oneOf('allowed', 'required', 'disabled'),
  proofMaxAge: seconds(300),
  clockTolerance: seconds(30),
  algorithms: readAlgorithms(['ES256']),
  replay: readReplayStore,
  nonce: readNonceOptions,
  proofErrorStatus: readProofErrorStatus,
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function readDpopOptions(given: unknown = {}, name: string): DpopSettings {
  const settings = readOptions(given, TABLE, { name, wanted: "an object such as { mode: 'required' }" })
  if (settings.mode === 'disabled' && settings.nonce !== undefined) {
    throw secretError(`${name}.nonce`, settings.nonce, "none with dpop.mode 'disabled'")
  }
  return settings
}

function readProofErrorStatus(given: unknown, name: string): DpopSettings['proofErrorStatus'] {
  if (given === undefined) return 400
  if (given === 400 || given === 401) return given
  throw configurationError(name, given, '400 or 401')
}

function readReplayStore(replay: unknown, name: string): DpopSettings['replay'] {
  if (replay === undefined || replay === false || isReplayStore(replay)) return replay
  // Not shown: it may be a client of a database, with a password.
  const given = typeof replay === 'object' && replay !== null ? 'another object' : replay
  throw configurationError(name, given, 'a ReplayStore or false')
}

function isReplayStore(value: unknown): value is ReplayStore {
  return typeof value === 'object' && value !== null && 'reserve' in value && typeof value.reserve === 'function'
}
