import { isAuthError } from '@acme/auth-core'
import { answerHeaders } from '@acme/auth-core/node'
import type { AuthError, Refused } from '@acme/auth-core'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'

// Marks the routes whose error handler knows of refusals: ours, or one that the route chose for itself.
const WRITER: unique symbol = Symbol('@acme/auth-fastify.writer')

/** Gives a route an error handler that writes refusals, unless it has one of its own. For the hook `onRoute`. */
export function writesRefusals(route: RouteOptions): void {
  route.errorHandler ??= writeRefusal
  const writer = route.errorHandler === writeRefusal ? 'plugin' : 'route'
  route.config = Object.assign({}, route.config, { [WRITER]: writer })
}

/** Has a refusal written: by whoever answers errors of the route, or at once where nobody would. */
export async function refuseBy(request: FastifyRequest, reply: FastifyReply, refused: Refused): Promise<void> {
  refusals.set(refused.error, refused)
  if (refused.forward) setHeaders(reply, refused.error.headers)
  else if (writerOf(request) === undefined) await refuse(reply, refused)
}

/** Undefined for a request without a route, and for a route that was declared before this plugin was loaded. */
function writerOf(request: FastifyRequest): unknown {
  const config: unknown = request.is404 ? undefined : request.routeOptions.config
  return typeof config === 'object' && config !== null ? Reflect.get(config, WRITER) : undefined
}

const faults = new WeakSet<Error>()

/** Remembers a fault. @fastify/auth sets 401 for whatever it is given, unless an error's status is there; a fault is never the client's. */
export function noteFault(fault: Error, request: FastifyRequest, reply: FastifyReply): Error {
  faults.add(fault)
  // Not where the plugin's own handler does it: who catches the fault, and answers otherwise, has no 500 to take back.
  if (writerOf(request) !== 'plugin') reply.code(500)
  return fault
}

/** For routes. Handlers of the application get all but refusals, as if there were no plugin: whatever was thrown. */
function writeRefusal(error: Error, _request: FastifyRequest, reply: FastifyReply): undefined | Promise<never> {
  const refused = refusals.get(error) ?? (isAuthError(error) ? refusedBy(error) : undefined)
  if (refused !== undefined && !refused.forward) return void refuse(reply, refused)
  if (faults.has(error)) reply.code(500)
  // Sending an error from an error handler hands it on. Anything else would be sent as a payload, with status 200.
  if (error instanceof Error) return void reply.send(error)
  return Promise.reject(error)
}
type Written = Pick<Refused, 'status' | 'headers' | 'body' | 'forward'>

/** What is to be written, by its error. */
const refusals = new WeakMap<Error, Written>()

/** Of an error that a handler throws, of `resourceServer.verifyRequest()`. */
function refusedBy(error: AuthError): Written {
  const headers = { 'content-type': 'application/json; charset=utf-8', ...error.headers }
  return { status: error.status, headers, body: JSON.stringify(error), forward: false }
}

function refuse(reply: FastifyReply, { status, headers, body }: Written): FastifyReply {
  setHeaders(reply, headers)
  return reply.code(status).send(body)
}

function setHeaders(reply: FastifyReply, headers: Refused['headers']): void {
  const own = answerHeaders(headers, (name) => reply.hasHeader(name))
  for (const [name, value] of own) reply.header(name, value)
}
