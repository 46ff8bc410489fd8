import { createParsedHeaders } from './access-token/parsed-headers.js'
import type { TokenCache } from './access-token/token-cache.js'
import type { DecisionPolicy } from './decide.js'
import type { ProofDependencies, ProofVerifier } from './dpop/proof-verifier.js'
import type { ReplayStore } from './dpop/replay/replay-store.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import type { ResolvedIssuers, TrustedIssuers } from './issuer/trusted-issuers-types.js'
import { resolveOptionsBy } from './options/options.js'
import type { AuthOptions, OptionReaders, Settings } from './options/options.js'
import { emit, warn } from './outcome/events.js'
import type { DecisionLogs } from './outcome/refusal-log.js'
import type { AuthEvent, WarningEvent } from './outcome/events.js'
import { createRequestMemo } from './request/request-memo.js'

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
  readonly logs: DecisionLogs | undefined
}

/** What an entry for Bearer tokens alone is not bundled with. */
export interface OptionalParts {
  readonly proofVerifier: (settings: Settings, dependencies: ProofDependencies) => ProofVerifier
  readonly resolvedIssuers: ResolvedIssuers
  readonly options: OptionReaders
  readonly logs: DecisionLogs | undefined
  readonly tokenCache: ((size: number) => TokenCache) | undefined
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function assemble(
  options: AuthOptions,
  { now = () => Date.now() / 1000, replay }: ResourceServerDependencies,
  { proofVerifier, resolvedIssuers, options: readers, logs, tokenCache }: OptionalParts,
): Assembly {
  const settings = resolveOptionsBy(readers, options)
  const { clockTolerance, dpop, signatures, tokenProfile, onEvent } = settings
  const verifyProof = proofVerifier(settings, { now, replay })
  const policy = {
    ...settings.keys,
    fetch: settings.fetch,
    now,
    report: (event: AuthEvent): void => emit(onEvent, event),
    warn: (event: WarningEvent): void => warn(event, onEvent),
  }
  const issuers = createTrustedIssuers(settings.issuers, policy, resolvedIssuers)
  const token = {
    issuers,
    tokenProfile,
    clockTolerance,
    now,
    signatures,
    headers: createParsedHeaders(),
    cache: settings.tokenCache === 0 ? undefined : tokenCache?.(settings.tokenCache),
  }
  return { settings, issuers, decisions: { mode: dpop.mode, token, verifyProof, callers: createRequestMemo() }, logs }
}
