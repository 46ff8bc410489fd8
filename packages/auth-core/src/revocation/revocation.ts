import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { RevocationEvent } from '../outcome/events.js'
import { tell } from '../outcome/fault.js'
import { isPlainObject } from '../util/json.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import type { RevocationSettings, SourceSettings } from './read-sources.js'
import { revocableToken } from './revocable-token.js'
import type { RevocableToken, RevocationListener, RevokedTokens } from './revocation-source.js'
import { stateOf, subscribeWeakly, verdictOf } from './unruly-source.js'

/** All sources of a resource server as one. */
export interface Revocation {
  /** Why a token may not be used, though it was verified; undefined where it may. Does not throw. */
  check(verified: Pick<RevocableToken, 'claims' | 'clientId'>): MaybePromise<AuthError | undefined>
  /** Tells of tokens that were revoked, or may have been. */
  readonly listeners: Set<(tokens: RevokedTokens) => void>
  /** Whether every source tells what it revokes; where one does not, it has to be asked again. */
  readonly tellsAll: boolean
  states(): readonly SourceState[]
  /** Waits until each source can answer, or has failed to. */
  preload(): Promise<void>
}

/** Whether a source can answer. */
export interface SourceState {
  readonly source: string
  readonly state: 'up' | 'down'
  /** What `down` means for requests. */
  readonly onFailure: 'closed' | 'open'
}

type Report = (event: RevocationEvent) => void

/** One source: asked, watched, and remembered for as long as it says. */
interface WatchedSource extends Pick<SourceState, 'source' | 'onFailure'> {
  /** Kept here, since the source does not keep it. */
  readonly listener: RevocationListener
  /** Whether it tells what it revokes. */
  readonly tells: boolean
  ask(token: RevocableToken): MaybePromise<AuthError | undefined>
  state(): 'up' | 'down'
  preload(): Promise<void>
}

type Witness = 'told' | 'answered'

const LATE = Symbol('late')
// Seconds: Retry-After when a source failed.
const RETRY_AFTER = 1
// Seconds. Start-up goes on without a source: requests are then answered by its fail policy.
const PRELOAD_TIMEOUT = 10
// Seconds for which a failed answer tells of the next one. A process that is not ready gets no request by which it would find
// out that the source answers again.
const FAILED_FOR = 10

/** @returns undefined where there are no sources: nothing is asked */
export function createRevocation(
  settings: RevocationSettings,
  { report, now }: { readonly report: Report; readonly now: () => number },
): Revocation | undefined {
  if (settings.length === 0) return undefined
  const listeners: Revocation['listeners'] = new Set()
  const tellAll = (tokens: RevokedTokens): void => {
    for (const listener of listeners) listener(tokens)
  }
  const sources = settings.map((one) => watch(one, { report, now, tellAll }))
  return {
    listeners,
    tellsAll: sources.every(({ tells }) => tells),
    check(verified) {
      const token = revocableToken(verified)
      const verdicts = sources.map((source) => source.ask(token))
      return verdicts.some(isPending) ? worstInTime(verdicts) : worst(verdicts as SettledVerdicts) // none is pending
    },
    states: () => sources.map((one) => ({ source: one.source, onFailure: one.onFailure, state: one.state() })),
    preload: async () => {
      await Promise.all(sources.map((source) => source.preload()))
    },
  }
}

type SettledVerdicts = readonly (AuthError | undefined)[]

/** That it was revoked, one source knows for sure, whatever the others fail to answer. */
function worst(verdicts: SettledVerdicts): AuthError | undefined {
  return verdicts.find((one) => one?.reason === 'token_revoked') ?? verdicts.find((one) => one !== undefined)
}

/** As soon as one says that it was revoked: those that hang, or fail, need not be waited for. */
function worstInTime(verdicts: readonly MaybePromise<AuthError | undefined>[]): Promise<AuthError | undefined> {
  return new Promise((resolve, reject) => {
    const settled = verdicts.map(async (one) => {
      const verdict = await one
      if (verdict?.reason === 'token_revoked') resolve(verdict)
      return verdict
    })
    Promise.all(settled).then((all) => resolve(worst(all)), reject)
  })
}

interface Watching {
  readonly report: Report
  readonly now: () => number
  readonly tellAll: (tokens: RevokedTokens) => void
}

interface Health {
  readonly changed: (witness: Witness, next: 'up' | 'down', detail?: string) => void
  readonly isDown: () => boolean
}

/**
 * What a source says of itself, and whether it answered when it was last asked: each may be wrong while the other is right.
 * Tells when both together change.
 */
function watchHealth(now: () => number, tellOf: (transition: 'recovered' | 'failed', detail?: string) => void): Health {
  const states: Record<Witness, 'up' | 'down'> = { told: 'up', answered: 'up' }
  let failedAt = -Infinity
  const isUp = (): boolean => states.told === 'up' && states.answered === 'up'
  return {
    changed(witness, next, detail) {
      const before = isUp()
      if (witness === 'answered' && next === 'down') failedAt = now()
      states[witness] = next
      if (isUp() !== before) tellOf(isUp() ? 'recovered' : 'failed', detail)
    },
    isDown() {
      const hasJustFailed = states.answered === 'down' && Math.abs(now() - failedAt) < FAILED_FOR
      return states.told === 'down' || hasJustFailed
    },
  }
}

function watch(
  { name, onFailure, timeout, source }: SourceSettings,
  { report, now, tellAll }: Watching,
): WatchedSource {
  let remembered = new WeakMap<object, number>()
  function tellOf(transition: RevocationEvent['transition'], detail?: string, tokens: RevokedTokens = {}): void {
    const { issuer, subject, clientId } = tokens
    const said = detail === undefined ? undefined : printable(detail, 300)
    report({ type: 'revocation', source: name, transition, issuer, subject, clientId, detail: said })
  }
  const health = watchHealth(now, tellOf)
  const { changed } = health

  function fail(detail: string): AuthError | undefined {
    changed('answered', 'down', detail)
    if (onFailure === 'open') return undefined
    return refusal('revocation_unavailable', `revocation ${name}: ${printable(detail, 200)}`, {
      retryAfter: RETRY_AFTER,
    })
  }
  function read(answer: unknown, token: RevocableToken, memory: WeakMap<object, number>): AuthError | undefined {
    if (answer === LATE) return fail(`no answer within ${timeout} s`)
    const verdict = verdictOf(answer)
    if (verdict === undefined) return fail('answered neither a boolean nor { revoked }')
    changed('answered', 'up')
    const { revoked, detail, maxAge = 0 } = verdict
    if (revoked) {
      return refusal('token_revoked', `by ${name}${detail === undefined ? '' : `: ${printable(detail, 300)}`}`)
    }
    // Kept with the claims of the token: as long as those are remembered, and bounded as they are.
    if (maxAge > 0) memory.set(token.claims, now() + maxAge)
    return undefined
  }

  const listener: RevocationListener = {
    revoked(given) {
      const tokens = isPlainObject(given) ? given : {}
      // What it answered before does not hold any more; nor does what it was asked before and answers only now.
      remembered = new WeakMap()
      tellOf('revoked', undefined, tokens)
      tellAll(tokens)
    },
    changed: (state, detail) => changed('told', state === 'down' ? 'down' : 'up', detail),
    rejected: (detail) => tellOf('rejected', detail),
  }
  const tells = subscribeWeakly(source, listener, (error) => changed('told', 'down', tell(error)))

  return {
    source: name,
    onFailure,
    listener,
    tells,
    state: () => (health.isDown() ? 'down' : stateOf(source)),
    async preload() {
      try {
        await withinOr(Promise.resolve(source.preload?.()), PRELOAD_TIMEOUT, LATE)
      } catch (error) {
        fail(tell(error))
      }
    },
    ask(token) {
      if (now() < (remembered.get(token.claims) ?? 0)) return undefined
      const memory = remembered
      try {
        const answer: unknown = source.check(token)
        if (!isPending(answer)) return read(answer, token, memory)
        return withinOr(answer, timeout, LATE)
          .then((settled) => read(settled, token, memory))
          .catch((error: unknown) => fail(tell(error)))
      } catch (error) {
        return fail(tell(error))
      }
    },
  }
}
