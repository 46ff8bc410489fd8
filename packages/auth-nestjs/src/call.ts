import type { AuthContext } from '@acme/auth-core'
import type { FrameworkRequest } from '@acme/auth-core/node'
import type { ExecutionContext } from '@nestjs/common'

import { connectionOfCall } from './connections/kept.js'
import { defaultRequest } from './transport.js'

/**
 * What credentials are read from: a request of Express, of Fastify or of Node, or an object with `headers`. For DPoP its
 * `method` and `url` are needed as well. The guard sets `auth` on it.
 */
export interface CredentialsRequest extends Partial<FrameworkRequest> {
  auth?: AuthContext | null
}

// What guards with a getRequest of their own found, by an object that Nest hands to the guards and the handler of one call, and to no other call.
const found = new WeakMap<object, CredentialsRequest>()

// Of requests that take no property.
const callers = new WeakMap<object, AuthContext | null>()

/** Keeps where a guard of the application found the credentials of a call: for the guards after it, and for the handler. */
export function rememberRequest(context: ExecutionContext, request: CredentialsRequest): void {
  const call = callOf(context)
  if (call !== undefined) found.set(call, request)
}

/** Where such a guard found the credentials; undefined when there is none before this one. */
export function rememberedRequest(context: ExecutionContext): CredentialsRequest | undefined {
  const call = callOf(context)
  return call && found.get(call)
}

/** Attaches the caller to a request. */
export function attachCaller(request: CredentialsRequest, auth: AuthContext | null): void {
  if (!Reflect.set(request, 'auth', auth)) callers.set(request, auth)
}

/** Who calls, after a guard has let the call pass. */
export function callerOf(context: ExecutionContext): AuthContext | null {
  const request = rememberedRequest(context) ?? defaultRequest(context)
  if (request === undefined) return null
  const connection = connectionOfCall(context, request)
  return connection === undefined ? (callers.get(request) ?? request.auth ?? null) : connection.auth
}

/** The request of HTTP, the context of GraphQL, the message of a gateway or its client, the context of a microservice. */
function callOf(context: ExecutionContext): object | undefined {
  const [first, second, third] = context.getArgs<unknown[]>()
  switch (context.getType<string>()) {
    case 'graphql':
      return asObject(third)
    case 'rpc':
      return asObject(second)
    case 'ws':
      return asObject(second) ?? asObject(first)
    default:
      return asObject(first)
  }
}

function asObject(value: unknown): object | undefined {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? value : undefined
}
