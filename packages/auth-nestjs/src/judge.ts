import { asFault, isAuthError } from '@acme/auth-core'
import type {
  Accepted,
  AuthConnection,
  AuthContext,
  Refused,
  Requirements,
  ResourceRequest,
  ResourceServer,
} from '@acme/auth-core'
import { frameworkResourceRequest } from '@acme/auth-core/node'
import type { FrameworkRequest } from '@acme/auth-core/node'
import { Logger } from '@nestjs/common'

const logger = new Logger('Auth0Guard')
const log: ResourceRequest['log'] = (level, line) => (level === 'warn' ? logger.warn(line) : logger.log(line))

// Where a developer says which proxies are trusted.
const ON_EXPRESS = { proxySetting: "app.set('trust proxy', ...)", log }
const ON_FASTIFY = { proxySetting: 'new FastifyAdapter({ trustProxy: ... })', log }

/** Decides on a request. Whatever the resource server throws, a fault is an Error without a status of its own: 500. */
export async function judge(
  resourceServer: ResourceServer,
  request: FrameworkRequest,
  wanted: Requirements,
): Promise<Accepted | Refused> {
  try {
    return await resourceServer.authenticate(resourceRequest(request), wanted)
  } catch (fault) {
    throw asFault(fault)
  }
}

/** A request as the resource server knows it. */
export function resourceRequest(request: FrameworkRequest): ResourceRequest {
  const setting = request.raw === undefined || request.app !== undefined ? ON_EXPRESS : ON_FASTIFY
  return frameworkResourceRequest(request, setting)
}

/** Decides on a call that came by a connection: by the last token of the client. */
export async function judgeConnection(connection: AuthConnection, wanted: Requirements): Promise<Accepted | Refused> {
  if (wanted.optional && connection.auth === null) return { ok: true, auth: null, headers: {} }
  try {
    return { ok: true, auth: await connection.require(wanted), headers: {} }
  } catch (error) {
    if (!isAuthError(error)) throw asFault(error)
    const { status, headers } = error
    return { ok: false, status, headers, body: JSON.stringify(error), error, forward: false }
  }
}

/**
 * The same for a request that outlives its answer, such as the handshake of a connection: it was verified once, and its
 * token may have expired since (RFC 9068 §4), or been revoked.
 */
export async function judgeAgain(
  resourceServer: ResourceServer,
  request: FrameworkRequest,
  wanted: Requirements,
): Promise<Accepted | Refused> {
  const outcome = await judge(resourceServer, request, wanted)
  const auth = outcome.ok === true ? outcome.auth : null
  if (auth === null || (await isStillGood(resourceServer, auth))) return outcome
  return judge(resourceServer, afresh(request), wanted)
}

/** Asked of the resource server, which knows how far clocks may differ; without the proof, which holds once. */
async function isStillGood(resourceServer: ResourceServer, auth: AuthContext): Promise<boolean> {
  try {
    await resourceServer.recheck(auth)
    return true
  } catch (error) {
    if (isAuthError(error)) return false
    throw asFault(error)
  }
}

/** The same request, as if nobody had verified it. */
function afresh(request: FrameworkRequest): FrameworkRequest {
  const { originalUrl, headers, id, raw = request } = request
  return { originalUrl, headers, id, raw: Object.create(raw) as object } // reads through to the request
}
