import { createRequire } from 'node:module'

import type { Refused } from '@acme/auth-core'
import type { ExecutionContext } from '@nestjs/common'

import { Auth0Exception } from './exception.js'
import { isObject, member } from './object.js'

/** What @nestjs/websockets and @nestjs/microservices have for refusals, each of its own. */
type TransportException = new (payload: object) => Error

// Loaded for a call of their kind only: only then is it sure that the application has them.
const load = createRequire(import.meta.url)

/** A refusal as the transport of a call knows them. */
export function exceptionFor(context: ExecutionContext, refused: Refused, headersAreSet: boolean): Error {
  const exception = new Auth0Exception(refused, headersAreSet)
  switch (context.getType<string>()) {
    case 'ws':
      return causedBy(exception, wsException(payloadOf(exception)))
    case 'rpc':
      return causedBy(exception, rpcException({ ...payloadOf(exception), ...grpcStatus(context, refused.status) }))
    default:
      return exception
  }
}

/** For a message whose transport has no metadata. */
export function rpcWithoutMetadata(): Error {
  const message =
    'this transport has no metadata, where Auth0Guard would find credentials: override getRequest(context), or say @Public()'
  return rpcException({ status: 'error', message })
}

function wsException(payload: object): Error {
  const { WsException } = load('@nestjs/websockets') as { WsException: TransportException } // exported by it
  return new WsException(payload)
}

function rpcException(payload: object): Error {
  const { RpcException } = load('@nestjs/microservices') as { RpcException: TransportException } // exported by it
  return new RpcException(payload)
}

function causedBy(cause: Auth0Exception, error: Error): Error {
  return Object.assign(error, { cause })
}

/** What Nest sends of any exception, and the body of the refusal as HTTP has it. */
function payloadOf(exception: Auth0Exception): object {
  const body = exception.getResponse()
  return { status: 'error', message: exception.message, ...(isObject(body) && body) }
}

// https://grpc.io/docs/guides/status-codes/
const GRPC: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 503: 14 }

/** gRPC has numbers for codes. */
function grpcStatus(context: ExecutionContext, status: number): object {
  const isGrpc = typeof member(context.switchToRpc().getContext<unknown>(), 'getMap') === 'function'
  return isGrpc ? { code: GRPC[status] ?? 16 } : {}
}
