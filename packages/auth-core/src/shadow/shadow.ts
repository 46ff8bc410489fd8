import type { Requirements } from '../authorization/requirement-types.js'
import type { Settings } from '../options/options.js'
import { routeOf } from '../outcome/decision-reports.js'
import type { AuthContext } from '../outcome/auth-context.js'
import type { AuthError } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { createRequestMemo } from '../request/request-memo.js'
import type { ResourceServer } from '../resource-server-types.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import { shadowOver } from './require-shadow.js'
import { decideAgain, unmet } from './second-decision.js'
import type { AcceptedRequest } from './second-decision.js'
import { createShadowCounts } from './shadow-report.js'
import type { ShadowAnswer, ShadowReport } from './shadow-report.js'

/** What is tried beside the settings in force. */
export interface Shadow {
  /**
   * What would be answered to an accepted request; undefined where it would be accepted too. Never throws, never rejects, and
   * is never pending for longer than 0.1 seconds.
   */
  answer(accepted: AcceptedRequest, wanted: Requirements): MaybePromise<ShadowAnswer | undefined>
  report(): ShadowReport
  reset(): void
}

/** What is known of a request by then. */
interface Seen {
  readonly auth: AuthContext
  /** By what is tried on all routes: the same for each guard of the request. */
  readonly everywhere: MaybePromise<ShadowAnswer | undefined>
  /** Whether it is counted as one that would be refused. */
  refused: boolean
}

type Answer = MaybePromise<ShadowAnswer | undefined>

// Seconds. It holds a request that is accepted already.
const TIME_LIMIT = 0.1
const LATE = Symbol('late')

/** @throws {TypeError} that names the option, where the settings that are tried contradict those in force */
export function createShadow(settings: Settings, now: () => number): Shadow {
  const shadow = shadowOver(settings)
  const counts = createShadowCounts(now)
  const requests = createRequestMemo<Seen>()
  const asAnswer = (error: AuthError | undefined): ShadowAnswer | undefined =>
    error && refusedAnswer(error, settings.dpop.proofErrorStatus)

  function everywhere(accepted: AcceptedRequest): Answer {
    return shadow === undefined ? undefined : harmless(() => decideAgain(shadow, accepted), asAnswer)
  }

  function seenOf(accepted: AcceptedRequest): Seen {
    const { request, auth } = accepted
    const before = requests.get(request.identity)
    // A guard before this one, by the same credentials.
    if (before?.auth === auth) return before
    counts.decided()
    const seen = { auth, everywhere: everywhere(accepted), refused: false }
    requests.set(request.identity, seen)
    return seen
  }

  function count(seen: Seen, { request, auth }: AcceptedRequest, answer: ShadowAnswer | undefined): Answer {
    if (answer !== undefined && !seen.refused) {
      seen.refused = true
      counts.refused(answer, auth, routeOf(request))
    }
    return answer
  }

  return {
    answer(accepted, { shadow: ofRoute }) {
      const seen = seenOf(accepted)
      const rest = (found: ShadowAnswer | undefined): Answer => {
        const answer = found ?? harmless(() => unmet(ofRoute, accepted, shadow), asAnswer)
        return isPending(answer) ? answer.then((one) => count(seen, accepted, one)) : count(seen, accepted, answer)
      }
      const found = seen.everywhere
      return isPending(found) ? found.then(rest) : rest(found)
    },
    report: () => counts.report(),
    reset: () => counts.reset(),
  }
}

/** What the operator asks of it. */
export function shadowControl(shadow: Shadow | undefined): Pick<ResourceServer, 'shadowReport' | 'resetShadow'> {
  const counts = shadow ?? createShadowCounts(() => 0)
  return { shadowReport: () => counts.report(), resetShadow: () => counts.reset() }
}

/** Whatever happens, the request goes on. */
function harmless(
  decide: () => MaybePromise<AuthError | undefined>,
  asAnswer: (error: AuthError | undefined) => ShadowAnswer | undefined,
): Answer {
  try {
    const decided = decide()
    if (!isPending(decided)) return asAnswer(decided)
    return withinOr(decided, TIME_LIMIT, LATE).then(
      (one) => (one === LATE ? fault(`no answer within ${TIME_LIMIT} s`) : asAnswer(one)),
      (error: unknown) => fault(tell(error)),
    )
  } catch (error) {
    return fault(tell(error))
  }
}

function fault(detail: string): ShadowAnswer {
  return Object.freeze({ reason: 'fault', code: undefined, status: 500, detail: printable(detail, 300) })
}

function refusedAnswer(
  { reason, code, status, detail, error }: AuthError,
  proofErrorStatus: Settings['dpop']['proofErrorStatus'],
): ShadowAnswer {
  return Object.freeze({ reason, code, status: error === 'invalid_dpop_proof' ? proofErrorStatus : status, detail })
}
