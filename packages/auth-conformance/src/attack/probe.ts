import { parseChallenges } from '../contract/challenges.js'
import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import type { AttackedApi } from './api.js'
import { AttackClient } from './client.js'
import { NotApplicable } from './not-applicable.js'

/** Why an attack would say nothing. */
export interface Stop {
  readonly says: string
  readonly mend: string
  /** That requests without credentials are accepted. */
  readonly unguarded?: true
}

const isGood = ({ status }: RawResponse): boolean => status >= 200 && status < 300

/** Finds out which credentials the API takes, and writes it down. @returns why it cannot be attacked, if so */
export async function probe(api: AttackedApi): Promise<Stop | undefined> {
  const bare = await api.send(client(api).request('/any'))
  if (isGood(bare))
    return {
      says: `${bare.status} without credentials: nothing protects this route`,
      mend: 'put a guard in front of the route, or attack one that has a guard',
      unguarded: true,
    }
  const bearer = await tried(api, (c) => c.bearer())
  const dpop = await tried(api, (c) => c.dpop())
  const anyScheme = await tried(api, async (c) => c.authorization(`AcmeAttack ${await c.issuer.accessToken()}`))
  // Whoever takes any scheme has not looked at the proof.
  const takesDpop = dpop !== undefined && isGood(dpop) && !(anyScheme !== undefined && isGood(anyScheme))
  const takesBearer = bearer !== undefined && isGood(bearer)
  if (!takesBearer && !takesDpop) return refused(bearer ?? dpop ?? bare, bare, api)
  // A token at hand that is bound is no Bearer token, though the API may take it for one.
  const isBound = !api.mints && dpop !== undefined
  api.mode = takesDpop ? (takesBearer && !isBound ? 'allowed' : 'required') : 'disabled'
  if (dpop === undefined) api.withoutDpop = 'the token at hand is not bound to a key'
  if (isBound) api.withoutBearer = 'the token at hand is bound to a key'
  return undefined
}

function client(api: AttackedApi): AttackClient {
  return new AttackClient(api)
}

/** The answer to a good request, after scopes and a nonce that it asks for; undefined when there is no such token. */
async function tried(
  api: AttackedApi,
  make: (client: AttackClient) => Promise<RawRequest>,
): Promise<RawResponse | undefined> {
  try {
    let response = await api.send(await make(client(api)))
    for (let left = 2; left > 0 && learnt(api, response); left--) response = await api.send(await make(client(api)))
    return response
  } catch (error) {
    if (error instanceof NotApplicable) return undefined
    throw error
  }
}

/** Writes down what a refusal tells. @returns whether that was anything new */
function learnt(api: AttackedApi, response: RawResponse): boolean {
  if (demandsNonce(response) && !api.demandsNonces) {
    api.demandsNonces = true
    return true
  }
  const scope = challengesOf(response)
    .find(({ parameters }) => parameters.get('error') === 'insufficient_scope')
    ?.parameters.get('scope')
  if (scope === undefined || api.scopes.length > 0 || !api.mints) return false
  api.scopes = scope.split(' ')
  return true
}

/** RFC 9449 §9. */
export function demandsNonce(response: RawResponse): boolean {
  return challengesOf(response).some(({ parameters }) => parameters.get('error') === 'use_dpop_nonce')
}

function challengesOf({ headers }: RawResponse): NonNullable<ReturnType<typeof parseChallenges>> {
  const values = headers.filter(([name]) => name.toLowerCase() === 'www-authenticate').map(([, value]) => value)
  return parseChallenges(values.join(', ')) ?? []
}

function refused(response: RawResponse, bare: RawResponse, api: AttackedApi): Stop {
  const challenge = challengesOf(response).find(({ parameters }) => parameters.has('error'))
  const told = ['error', 'error_description'].map((name) => challenge?.parameters.get(name) ?? '').join(' ')
  // It may send the token back.
  const detail = told.replaceAll(/[\w-]{24,}/g, '…').trim()
  const says = `a good token is refused with ${response.status}${detail === '' ? '' : `: ${detail.slice(0, 200)}`}`
  if (response.status === 404 && bare.status === 404)
    return { says, mend: 'there is no such route: mend the path of the URL' }
  if (response.status === 404)
    return {
      says,
      mend: 'attack a route that answers 2xx to the subject of the token, or name a subject that there is',
    }
  if (response.status === 403)
    return { says, mend: 'say what the route requires: scopes, and claims such as permissions' }
  if (!api.mints) return { says, mend: 'give a token that is valid now, and the key that it is bound to, if it is' }
  const { issuer, audience } = api.issuer
  return {
    says,
    mend: `let the API trust the issuer ${issuer} and the audience ${audience}; start it anew, since it may keep keys of before`,
  }
}
