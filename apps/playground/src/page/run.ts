import type { Trace } from '@acme/auth-core'

import type { OfferedRoute } from '../wire.js'
import { nameOfRoute } from './choice.js'
import type { Choice } from './choice.js'
import { exchange, planned } from './exchange.js'
import type { Credentials, Exchange } from './exchange.js'
import { faultOf } from './faults.js'
import { serversIn, traceOf } from './server.js'
import { agree, outcomeOf, refusalOf, usual } from './verdict.js'
import type { Outcome } from './verdict.js'

/** What became of one choice at all five servers. */
export interface Run {
  readonly exchanges: readonly Exchange[]
  readonly outcomes: readonly Outcome[]
  /** By correlation id. */
  readonly traces: ReadonlyMap<string, Trace | null>
}

/** Sends what is chosen to all five. @param onStage - is told what takes its time */
export async function run(
  choice: Choice,
  credentials: Credentials,
  routes: readonly OfferedRoute[],
  onStage: (text: string) => void,
): Promise<Run> {
  const route = routes.find((one) => nameOfRoute(one) === choice.route)
  if (route === undefined) throw new Error(`there is no route ${choice.route}`)
  const mode = { dpop: choice.dpop, nonce: choice.nonce }
  onStage('Five servers in this mode: the first time they start…')
  const [apis, plan] = await Promise.all([
    serversIn(mode),
    planned(credentials, { mode, route, scheme: choice.scheme, fault: faultOf(choice.fault) }),
  ])
  onStage('Sending…')
  const exchanges = await Promise.all(apis.map((api) => exchange(plan, api)))
  onStage('Reading traces…')
  const refused = exchanges.flatMap(({ api, steps }) =>
    steps.flatMap(({ answer }) => (refusalOf(answer).id === '' ? [] : [{ api, id: refusalOf(answer).id }])),
  )
  const traces = new Map(
    await Promise.all(refused.map(async ({ api, id }) => [id, await traceOf(mode, api.name, id)] as const)),
  )
  const outcomes = exchanges.map((one) => outcomeOf(one, traces.get(refusalOf(one.last.answer).id)))
  return { exchanges, outcomes, traces }
}

/** What all five say, in a sentence. */
export function verdictOf(outcomes: readonly Outcome[]): { readonly text: string; readonly isAgreed: boolean } {
  const { status, error, code, check } = usual(outcomes)
  const said = error === '' ? `${status}, let through` : `${status} ${error} (${code})`
  const why = check === '' ? '' : `: it fails at “${check}”`
  if (agree(outcomes)) return { text: `All five servers answer ${said}${why}.`, isAgreed: true }
  return { text: `The servers differ. Most answer ${said}${why}.`, isAgreed: false }
}

/** What of an outcome is not as usual. */
export function differences(outcome: Outcome, most: Outcome): readonly string[] {
  return (['status', 'error', 'code', 'check'] as const).filter((name) => outcome[name] !== most[name])
}
