import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError } from '../oauth-error.js'
import { MAX_BODY_BYTES } from '../parameters.js'
import { isObject } from '../verify-jwt.js'
import { createSecurityEvent } from './security-event.js'
import { pushEvent } from './signal-stream.js'
import { statusListToken } from './status-list.js'

const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification'

/** What a transmitter of events says of itself (Shared Signals Framework 1.0 §7.1). */
export function answerTransmitter(server: AuthorizationServer): Response {
  return Response.json({
    spec_version: '1_0',
    issuer: server.issuer,
    jwks_uri: server.urlOf('keys'),
    delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
    verification_endpoint: server.urlOf('verification'),
  })
}

/** Takes what was acknowledged or refused, and gives what waits (RFC 8936 §2.4). It never holds a request up. */
export async function answerPoll(server: AuthorizationServer, request: Request): Promise<Response> {
  const { ack, setErrs, maxEvents } = await readJson(request)
  for (const jti of Array.isArray(ack) ? ack : []) server.signals.answer(String(jti), undefined)
  for (const [jti, problem] of Object.entries(isObject(setErrs) ? setErrs : {})) {
    server.signals.answer(jti, isObject(problem) ? String(problem['err']) : 'without a code')
  }
  return Response.json(server.signals.oldest(typeof maxEvents === 'number' ? maxEvents : 100))
}

/** Sends a verification event (Shared Signals Framework 1.0 §8.1.4). */
export async function answerVerification(server: AuthorizationServer, request: Request): Promise<Response> {
  const { stream_id: id, state } = await readJson(request)
  const { issuer, audience } = server
  const defaults = { issuer, audience, key: server.signingKey(), now: server.now() }
  const subject = { format: 'opaque', id }
  const event = await createSecurityEvent(defaults, { type: VERIFICATION, subject, event: { state } })
  const { receiver } = server.signals
  if (receiver === undefined) server.signals.queue(event)
  else await pushEvent(receiver.url, event, receiver.headers)
  return new Response(null, { status: 204 })
}

/** A Status List Token (draft-ietf-oauth-status-list §8.2). */
export async function answerStatusList(server: AuthorizationServer, request: Request): Promise<Response> {
  const list = server.statusLists.get(new URL(request.url).searchParams.get('list') ?? '')
  if (list === undefined) return new Response('Not Found', { status: 404 })
  const headers = { 'content-type': 'application/statuslist+jwt' }
  return new Response(await statusListToken(server, list), { headers })
}

async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await request.text()
  if (text.length > MAX_BODY_BYTES) throw new OAuthError('invalid_request', 'the body is too large', 413)
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // as what is no object
  }
  throw new OAuthError('invalid_request', 'the body is no JSON object')
}
