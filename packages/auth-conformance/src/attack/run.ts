import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import type { AttackedApi } from './api.js'
import { attackCases } from './cases.js'
import type { AttackCase } from './cases.js'
import { AttackClient } from './client.js'
import { connectionFault } from './connection-fault.js'
import { cameText, expectedText, judge, refusedEarlier, unanswered } from './judge.js'
import { NotApplicable } from './not-applicable.js'
import { demandsNonce } from './probe.js'
import type { AttackProblem, AttackReport, AttackResult } from './report.js'

/** Sends the cases one after the other; the last says whether the API still accepts what it did at first. */
export async function runCases(
  api: AttackedApi,
  cases: readonly AttackCase[],
  onResult: (result: AttackResult) => void,
): Promise<Pick<AttackReport, 'results' | 'stopped'>> {
  const results: AttackResult[] = []
  for (const one of cases) {
    const result = await resultOf(api, one)
    if (result === undefined) continue
    results.push(result)
    onResult(result)
    if (result.came === undefined && result.outcome === 'failed' && !(await isAlive(api))) {
      return { results, stopped: { says: `the API is gone after: ${one.contractCase.name}`, mend: CRASH } }
    }
  }
  if (await isAlive(api)) return { results }
  return { results, stopped: { says: 'a good token is refused at the end, which was accepted at first', mend: CRASH } }
}

const CRASH = 'look at the log of the API: something that came from outside ended it, or made it refuse everybody'

/** Whether a good request is accepted; the second time, since a nonce may have come of age. */
async function isAlive(api: AttackedApi): Promise<boolean> {
  for (const _ of [1, 2]) {
    const client = new AttackClient(api)
    const { status } = await api
      .send(await (api.mode === 'required' ? client.dpop() : client.bearer()))
      .catch((error: unknown) => {
        if (connectionFault(error) === undefined) throw error
        return { status: 0 }
      })
    if (status >= 200 && status < 300) return true
  }
  return false
}

/** @returns undefined for a case that is of the contract's own servers alone */
async function resultOf(api: AttackedApi, one: AttackCase): Promise<AttackResult | undefined> {
  const { area, clause, contractCase } = one
  const told = { area, name: contractCase.name, clause, expected: expectedText(contractCase.expected) }
  try {
    const { request, response, isEarlier } = await exchange(api, one)
    const problems = isEarlier ? [refusedEarlier(one)] : judge(one, request, response, api)
    return { ...told, outcome: outcomeOf(problems), came: cameText(request, response), problems }
  } catch (error) {
    if (error instanceof NotApplicable)
      return error.reason === undefined
        ? undefined
        : { ...told, outcome: 'skipped', reason: error.reason, problems: [] }
    const fault = connectionFault(error)
    if (fault === undefined) throw error
    return { ...told, outcome: 'failed', problems: [unanswered(one, `no answer: ${fault}`)] }
  }
}

function outcomeOf(problems: readonly AttackProblem[]): AttackResult['outcome'] {
  if (problems.length === 0) return 'passed'
  return problems.some(({ level }) => level === 'must') ? 'failed' : 'warned'
}

/** Sends the requests of a case: once more where a nonce came of age meanwhile, which is not what the case is about. */
async function exchange(
  api: AttackedApi,
  one: AttackCase,
  isFirst = true,
): Promise<{ readonly request: RawRequest; readonly response: RawResponse; readonly isEarlier: boolean }> {
  const { contractCase } = one
  const isOfNonces = contractCase.configuration === 'nonce required'
  if (isOfNonces && !api.demandsNonces)
    throw new NotApplicable(api.mode === 'disabled' ? api.withoutDpop : 'this API demands no nonces')
  const requests = await contractCase.requests(new AttackClient(api, { addsNonces: !isOfNonces }))
  for (const each of requests) refuseForeign(api, one, each)
  for (const [index, each] of requests.entries()) {
    const isEarlier = index < requests.length - 1
    const response = await api.send(each)
    if (isFirst && !isOfNonces && demandsNonce(response)) return exchange(api, one, false)
    // What comes before must be accepted.
    if (!isEarlier || response.status >= 300) return { request: each, response, isEarlier }
  }
  throw new Error(`${contractCase.name}: no request`)
}

/** @throws {NotApplicable} for a request that says nothing of this API, or that nobody asked for */
function refuseForeign(api: AttackedApi, one: AttackCase, { method, target, headers }: RawRequest): void {
  const { contractCase, alsoWithoutDpop, wantsTwoTokens } = one
  if (wantsTwoTokens && !api.mints) throw new NotApplicable('there is one token at hand')
  const valueOf = (wanted: string): string => headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
  const { path, host } = api.target
  if (valueOf('host') !== host || !target.startsWith(path)) throw new NotApplicable()
  if (method !== api.method && !(method === 'HEAD' && api.method === 'GET')) throw new NotApplicable()
  if (contractCase.name === 'a proof for the path in upper case' && path === path.toUpperCase())
    throw new NotApplicable('the path has no letters in lower case')
  const usesDpop = /^dpop/i.test(valueOf('authorization')) || headers.some(([name]) => name === 'DPoP')
  if (api.mode === 'disabled' && usesDpop && !alsoWithoutDpop) throw new NotApplicable(api.withoutDpop)
  // RFC 9449 §4.3 (11): the time of a proof is told by its iat, or by its nonce.
  if (api.demandsNonces && one.clause === 'RFC 9449 §4.3 (11)')
    throw new NotApplicable('the nonce tells the time of a proof here')
  const isHonestBearer = !contractCase.attack && /^bearer /i.test(valueOf('authorization'))
  if (api.mode === 'required' && isHonestBearer) throw new NotApplicable(api.withoutBearer)
}

/** The one fault of a route that nothing protects. */
export function unguarded(says: string): AttackResult {
  const one = attackCases.find(({ contractCase }) => contractCase.name === 'no credentials')
  if (one === undefined) throw new Error('there is no case without credentials')
  const { area, clause, contractCase } = one
  const own = { kind: 'accepted', means: 'anybody may call it', mend: 'put a guard in front of the route' } as const
  const problem = { ...unanswered(one, says), ...own }
  const told = { area, name: contractCase.name, clause, expected: expectedText(contractCase.expected) }
  return { ...told, outcome: 'failed', came: says.slice(0, 3), problems: [problem] }
}
