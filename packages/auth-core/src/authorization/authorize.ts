import { configurationError } from '../options/option-checks.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { pathOnly } from '../request/request-target.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { withinOr } from '../util/time-limit.js'
import { MET } from './demand.js'
import type { Demand, Unmet } from './demand.js'
import type { AuthorizationRequest, Authorize } from './requirement-types.js'

/** @throws {TypeError} that names the option */
export function readAuthorize(given: unknown): Authorize | undefined {
  if (given !== undefined && typeof given !== 'function') {
    throw configurationError('authorize', given, 'a function, (auth, request) => boolean')
  }
  return given as Authorize | undefined // what it answers is checked
}

/** Asks a policy engine, and fails closed: who cannot be asked has not allowed it. */
export function authorizeDemands(authorize: Authorize | undefined): readonly Demand[] {
  if (authorize === undefined) return []
  return [{ asks: true, unmet: (auth, { request }) => ask(authorize, auth, request) }]
}

// Seconds.
const TIME_LIMIT = 5
const LATE = Symbol('late')

function ask(authorize: Authorize, auth: AuthContext, request: ResourceRequest): MaybePromise<readonly Unmet[]> {
  let answer: unknown
  try {
    answer = authorize(auth, authorizationRequest(request))
  } catch (cause) {
    throw unavailable('authorize threw', cause)
  }
  if (!isPending(answer)) return verdict(answer)
  return withinOr(answer, TIME_LIMIT, LATE).then(verdict, (cause: unknown) => {
    throw unavailable('authorize rejected', cause)
  })
}

const DENIED: readonly Unmet[] = [{ reason: 'access_denied', detail: 'authorize answered false' }]

function verdict(answer: unknown): readonly Unmet[] {
  if (answer === true) return MET
  if (answer === false) return DENIED
  if (answer === LATE) throw unavailable(`authorize has not answered within ${TIME_LIMIT} s`)
  throw unavailable(`authorize answered ${typeof answer}, want true or false`)
}

function unavailable(detail: string, cause?: unknown): AuthError {
  return refusal('policy_unavailable', detail, { cause })
}

function authorizationRequest({ method, target, identity }: ResourceRequest): AuthorizationRequest {
  return { method, path: pathOnly(target), raw: identity }
}
