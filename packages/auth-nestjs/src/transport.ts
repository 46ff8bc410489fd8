import type { FrameworkRequest } from '@acme/auth-core/node'
import type { ExecutionContext } from '@nestjs/common'

import type { CredentialsRequest } from './call.js'
import type { NestResponse } from './exception.js'
import { handshakeOf } from './handshake.js'
import { ask, isObject, member } from './object.js'
import { rpcWithoutMetadata } from './refusal.js'
import { metadataRequest } from './rpc-metadata.js'

/** Where the credentials of a call are, by what kind of call it is; undefined where none can be found. */
export function defaultRequest(context: ExecutionContext): CredentialsRequest | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest<CredentialsRequest>()
    case 'graphql':
      return graphqlRequest(graphqlContext(context))
    case 'ws':
      return handshakeOf(context.switchToWs().getClient<object>())
    case 'rpc':
      return metadataRequest(context.switchToRpc().getContext<unknown>())
    default:
      return undefined
  }
}

/** Why {@link defaultRequest} found nothing, and what helps: for the developer. */
export function notFound(context: ExecutionContext): Error {
  const type = context.getType<string>()
  if (type === 'rpc') return rpcWithoutMetadata()
  return new Error(`Auth0Guard: ${HELP[type] ?? `${type} is not known to it`}. Else override getRequest(context)`)
}

const HELP: Readonly<Record<string, string>> = {
  graphql: 'the GraphQL context has none of req, request and reply. Where it is made, keep the request in it',
  ws: 'the handshake of this client is not known. Keep it in handleConnection(client, request): client.upgradeReq = request',
}

/** The response that headers can be set on; undefined where there is none, or it is not known. */
export function responseOf(context: ExecutionContext, request: CredentialsRequest): NestResponse | undefined {
  if (context.getType() === 'http') return context.switchToHttp().getResponse<NestResponse>()
  if (context.getType<string>() !== 'graphql') return undefined
  const shared = graphqlContext(context)
  const found = [member(shared, 'reply'), member(request, 'res'), member(shared, 'res')].find(
    (one) => typeof member(one, 'header') === 'function',
  )
  return found as NestResponse | undefined // it has the method that is called
}

/**
 * A request as core reads it. One that no framework has made is trusted to come through the proxies that the application's
 * own HTTP server trusts.
 *
 * @param platform - Express' application, or Fastify's instance
 */
export function frameworkRequest(request: CredentialsRequest, platform: unknown): FrameworkRequest {
  // Frameworks set it on theirs.
  if (request.originalUrl !== undefined) return request as FrameworkRequest
  const { url = '', headers } = request
  return { originalUrl: url, raw: request, headers, ...trustOf(platform) }
}

function trustOf(platform: unknown): Pick<FrameworkRequest, 'app' | 'server'> {
  if (typeof platform !== 'function') return isObject(platform) ? { server: platform } : {}
  return { app: { get: (setting) => ask(platform, 'get', setting) } }
}

/** What resolvers get as their third argument (GraphQL §6.4.1 leaves it to the server). */
function graphqlContext(context: ExecutionContext): unknown {
  return context.getArgs<unknown[]>()[2]
}

/** Apollo's and Nest's `req`, mercurius' `reply`; of a subscription by graphql-ws, its handshake. */
function graphqlRequest(shared: unknown): CredentialsRequest | undefined {
  const replied = member(member(shared, 'reply'), 'request')
  const request = [replied, member(shared, 'req'), member(shared, 'request')].find(isObject)
  if (replied !== undefined && isOfAnother(member(shared, 'req'), replied)) throw new Error(SHARED)
  const handshake = member(member(request, 'extra'), 'request')
  return isObject(handshake) ? handshake : request
}

const SHARED =
  'Auth0Guard: all requests share one GraphQL context, whose caller nobody can tell. Let `context` make one for each'

/**
 * Where an application gives all requests one context, Nest's driver for mercurius leaves the first request in it, and
 * mercurius puts the reply of the last one there, which need not be the one that is answered.
 */
function isOfAnother(request: unknown, replied: unknown): boolean {
  const raw = member(request, 'raw') ?? request
  return Array.isArray(member(raw, 'rawHeaders')) && raw !== member(replied, 'raw')
}
