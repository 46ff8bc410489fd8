import { createDpopProof, generateDpopKeyPair } from '@acme/auth-client'
import type { DpopKeyPair } from '@acme/auth-client'

import type { Mode } from '../server/modes.js'
import type { Answer, Header, OfferedRoute } from '../wire.js'
import { withOtherClaims } from './decode.js'
import type { Fault, Scheme } from './faults.js'
import { alteredToken, send } from './server.js'
import type { Api } from './server.js'

/** A request, and what came back. */
export interface Step {
  /** Why it was sent. */
  readonly label: string
  readonly method: string
  readonly url: string
  readonly headers: readonly Header[]
  readonly answer: Answer
}

/** What one server was sent, in this order. */
export interface Exchange {
  readonly api: Api
  readonly steps: readonly Step[]
  /** The last step decides. */
  readonly last: Step
}

/** What tokens the user has. */
export interface Credentials {
  readonly keyPair: DpopKeyPair
  /** Bound to the key. */
  readonly accessToken: string
  readonly idToken: string | undefined
}

/** What is sent to all five. */
export interface Plan {
  readonly mode: Mode
  readonly route: Pick<OfferedRoute, 'method' | 'path'>
  readonly scheme: Scheme
  readonly fault: Fault
  readonly keyPair: DpopKeyPair
  /** Undefined for none. */
  readonly token: string | undefined
  /** What the proof is made for. */
  readonly provenToken: string | undefined
  /** How many proofs go with it. */
  readonly proofs: number
}

/** Gets the token, right or wrong. */
export async function planned(
  { keyPair, accessToken, idToken }: Credentials,
  choice: Pick<Plan, 'mode' | 'route' | 'scheme' | 'fault'>,
): Promise<Plan> {
  const { scheme, fault } = choice
  const { alter = [], isBound = scheme === 'DPoP', instead, proof, proofs = scheme === 'DPoP' ? 1 : 0 } = fault
  const alterations = isBound ? alter : [...alter, 'not bound' as const]
  const own = alterations.length === 0 ? accessToken : await alteredToken(accessToken, alterations)
  const others = {
    nothing: undefined,
    'ID token': idToken,
    'no token': 'opensesame',
    'changed token': withOtherClaims(own),
  }
  const token = instead === undefined ? own : others[instead]
  return {
    ...choice,
    keyPair: proof?.byOtherKey === undefined ? keyPair : await generateDpopKeyPair({ algorithm: proof.byOtherKey }),
    token,
    provenToken: proof?.forOtherToken === true ? await alteredToken(accessToken, []) : token,
    proofs: token === undefined ? 0 : proofs,
  }
}

/** Sends it to a server; where that hands out a nonce, once more with it, as clients do (RFC 9449 §9). */
export async function exchange(plan: Plan, api: Api): Promise<Exchange> {
  const { fault, route } = plan
  const steps: Step[] = []
  if (fault.before === 'the token is revoked') {
    const revoking = { method: 'POST', path: '/api/logout-everywhere' } as const
    steps.push(...(await sentWithNonce({ ...plan, route: revoking }, api, 'Its user logs out')))
  }
  const sent = await sentWithNonce(plan, api, 'The request')
  steps.push(...sent)
  if (fault.before === 'the request is sent once') steps.push(await again(plan, api, sent.at(-1)))
  const last = steps.at(-1)
  if (last === undefined) throw new Error(`nothing was sent for ${route.path}`)
  return { api, steps, last }
}

async function sentWithNonce(plan: Plan, api: Api, label: string): Promise<Step[]> {
  const first = await sendStep(plan, api, label, await headersFor(plan, api, plan.fault.proof?.nonce))
  const nonce = valueOf(first.answer, 'dpop-nonce')
  const isWanted = first.answer.status === 401 && nonce !== undefined && plan.fault.proof?.nonce === undefined
  if (!isWanted) return [first]
  return [first, await sendStep(plan, api, `${label}, with the nonce`, await headersFor(plan, api, nonce))]
}

async function again(plan: Plan, api: Api, step: Step | undefined): Promise<Step> {
  return sendStep(plan, api, 'The same once more', step?.headers ?? [])
}

async function sendStep({ mode, route }: Plan, api: Api, label: string, headers: readonly Header[]): Promise<Step> {
  const { method, path } = route
  const answer = await send({ mode, server: api.name, method, path, headers })
  return { label, method, url: api.origin + path, headers, answer }
}

async function headersFor(plan: Plan, api: Api, nonce: string | undefined): Promise<readonly Header[]> {
  const { scheme, token, provenToken, keyPair, fault, route, proofs } = plan
  if (token === undefined) return []
  const authorization: Header = ['Authorization', `${scheme} ${token}`]
  const { method = route.method, path = route.path, ahead = 0 } = fault.proof ?? {}
  const url = api.origin + path
  const now = Date.now() / 1000 + ahead
  const headers: Header[] = fault.isTokenTwice === true ? [authorization, authorization] : [authorization]
  for (let count = 0; count < proofs; count++) {
    headers.push(['DPoP', await createDpopProof({ keyPair, method, url, accessToken: provenToken, nonce, now })])
  }
  return headers
}

/** The first value of a header. */
export function valueOf({ headers }: Answer, name: string): string | undefined {
  return headers.find(([one]) => one === name)?.[1]
}
