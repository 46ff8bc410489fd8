import { isDPoPNonceError, ResponseBodyError } from 'oauth4webapi'
import type { AuthorizationServer, Client, DPoPHandle, TokenEndpointResponse } from 'oauth4webapi'

import type { ClientErrorReason } from '../errors.js'
import { AuthClientError, isAuthClientError } from '../errors.js'
import type { Grant } from '../events.js'
import type { Context, RequestOptions } from './context.js'
import { tokenSetOf } from './token-set.js'
import type { TokenSet } from './requests.js'

/** One request to the token endpoint, as the library is given it. */
export interface Call {
  readonly server: AuthorizationServer
  readonly client: Client
  readonly options: RequestOptions & { readonly DPoP?: DPoPHandle }
}

/** A grant: what it sends, and how its answer is read. */
export interface GrantRequest<Answer> {
  readonly grant: Grant
  /** See {@link ExchangeOptions}. */
  readonly repeatable: boolean
  /** What `invalid_grant` means here. */
  readonly invalidGrant: ClientErrorReason
  /** Whether it can be bound to a key. */
  readonly bindable: boolean
  readonly signal: AbortSignal | undefined
  /** When all has to be over, where it began before this request. */
  readonly until?: number
  send(call: Call): Promise<Response>
  read(call: Call, response: Response): Promise<Answer>
}

/** Asks the token endpoint, within one deadline. @throws {AuthClientError} */
export async function perform<Answer>(context: Context, request: GrantRequest<Answer>): Promise<Answer> {
  const { settings, resilience } = context
  const { grant, repeatable, invalidGrant, signal, until = resilience.until() } = request
  try {
    const server = await context.issuer.metadata(signal)
    const DPoP = request.bindable ? (await context.binding())?.handle : undefined
    const answer = await resilience.run(
      async (limit) => {
        const options = { ...context.request(limit), ...(DPoP !== undefined && { DPoP }) }
        return once(context, request, { server, options })
      },
      { repeatable, invalidGrant, until, signal },
    )
    settings.onEvent({ type: 'granted', grant })
    return answer
  } catch (error) {
    if (isAuthClientError(error)) settings.onEvent({ type: 'failed', grant, error })
    throw error
  }
}

/** A second time for a nonce that the issuer wants (RFC 9449 §8), or a clock that was wrong: neither used up the grant. */
async function once<Answer>(
  context: Context,
  request: GrantRequest<Answer>,
  { server, options }: Omit<Call, 'client'>,
): Promise<Answer> {
  const { offset } = context.clock
  const ask = async (): Promise<Answer> => {
    const call = { server, options, client: context.client() }
    return request.read(call, await request.send(call))
  }
  try {
    return await ask()
  } catch (error) {
    const isTime = isAboutTime(error) && context.clock.offset !== offset
    if (!isTime && !isDPoPNonceError(error)) throw error
    return ask()
  }
}

function isAboutTime(error: unknown): boolean {
  return error instanceof ResponseBodyError && ['invalid_dpop_proof', 'invalid_client'].includes(error.error)
}

/** What most grants want: a token, bound where the client has a key. */
export interface TokenRequest extends Omit<GrantRequest<TokenEndpointResponse>, 'bindable'> {
  readonly scopes: readonly string[] | undefined
}

/** @throws {AuthClientError} */
export async function requestTokens(context: Context, request: TokenRequest): Promise<TokenSet> {
  const requestedAt = context.settings.now()
  const answer = await perform(context, { ...request, bindable: true })
  const dpopKey = (await context.binding())?.keyPair
  return tokenSetOf(answer, { requestedAt, dpopKey, scopes: request.scopes })
}

/** Where the issuer has no such endpoint. */
export function missing(endpoint: string): AuthClientError {
  return new AuthClientError('options_invalid', `the issuer has no ${endpoint}`)
}
