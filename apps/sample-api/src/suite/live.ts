import type { SuiteTools, TokenOptions } from './credentials.js'
import { LiveApi } from './live-api.js'
import { openSocket, openStream } from './live-client.js'
import type { SuiteTest } from './suite-test.js'

/** `/ws` and `/events` of a sample API that runs, and what opens and ends connections there. */
export function liveTests(origin: string, tools: SuiteTools): SuiteTest[] {
  const api = new LiveApi(origin, tools)
  return [
    testOf(api, '/ws: a handshake is judged as a request is', judged),
    testOf(api, '/events: without a token, and without its scope', judgedStream),
    testOf(api, '/ws and /events: what is said is heard by all', heard),
    testOf(api, '/ws: to say something takes its scope, by the last token', renewed),
    testOf(api, '/ws: a message that is too long ends the connection', tooLong),
    testOf(api, '/ws: a ticket is for one handshake, of its path', ticketForSocket),
    testOf(api, '/events: a ticket opens a stream', ticketForStream),
    testOf(api, 'POST /api/logout-everywhere: ends connections and tokens of its caller', loggedOut),
  ]
}

/**
 * Of a sample API that was started with `METRICS=1`, and with the issuer as `SSF_ISSUER`.
 *
 * @param securityEvent - of the issuer: a token that says that the sessions of a subject were revoked
 */
export function configuredTests(
  origin: string,
  tools: SuiteTools,
  securityEvent: (subject: string) => Promise<string>,
): SuiteTest[] {
  const api = new LiveApi(origin, tools)
  return [
    testOf(api, 'GET /metrics: what Prometheus reads', metrics),
    testOf(api, 'POST /security-events: ends connections of who was logged out', () => signalled(api, securityEvent)),
  ]
}

function testOf(api: LiveApi, name: string, run: (api: LiveApi) => ReturnType<SuiteTest['run']>): SuiteTest {
  return { name, run: () => run(api).finally(() => api.closeAll()) }
}

const READER: TokenOptions = { scope: 'read:messages' }
const WRITER: TokenOptions = { scope: 'read:messages write:messages' }

async function judged(api: LiveApi): ReturnType<SuiteTest['run']> {
  const dpop = await api.credentials({ scheme: 'DPoP', token: READER }, '/ws')
  const actual = [
    await api.handshake(),
    await api.handshake(await api.bearer({ ...READER, expiresIn: -60 })),
    await api.handshake(await api.bearer({ scope: 'write:messages' })),
    await api.handshake(await api.credentials({ scheme: 'DPoP', token: READER, proof: false }, '/ws')),
    await api.handshake(await api.bearer(READER)),
    await api.handshake(dpop),
    await api.handshake(dpop),
  ]
  return { actual, expected: [401, 401, 403, 400, 101, 101, 400] }
}

async function judgedStream(api: LiveApi): ReturnType<SuiteTest['run']> {
  const strangers = [{}, await api.bearer({ scope: 'write:messages' })]
  const answers = await Promise.all(strangers.map((headers) => api.call('GET', '/events', headers)))
  return { actual: answers.map(({ status }) => status), expected: [401, 403] }
}

async function heard(api: LiveApi): ReturnType<SuiteTest['run']> {
  const writer = await api.open(openSocket, '/ws', await api.bearer(WRITER))
  const reader = await api.open(openSocket, '/ws', await api.bearer(READER))
  const stream = await api.open(openStream, '/events', await api.bearer(READER))
  writer.send('say', 'hello')
  const actual = await Promise.all([writer, reader, stream].map((client) => client.next('said')))
  return { actual, expected: Array.from({ length: 3 }, () => ({ from: 'user-1', text: 'hello' })) }
}

async function renewed(api: LiveApi): ReturnType<SuiteTest['run']> {
  const client = await api.open(openSocket, '/ws', await api.bearer(READER))
  client.send('say', 'too early')
  const { error, code } = (await client.next('refused')) as Record<string, unknown> // as AuthError.toJSON() makes it
  client.send('auth0.renew', { token: await api.token(WRITER) })
  await client.next('auth0.renewed')
  client.send('say', 'now')
  const actual = [error, code, await client.next('said')]
  return { actual, expected: ['insufficient_scope', 'AUTH_1005', { from: 'user-1', text: 'now' }] }
}

async function tooLong(api: LiveApi): ReturnType<SuiteTest['run']> {
  const client = await api.open(openSocket, '/ws', await api.bearer(WRITER))
  client.send('say', 'a'.repeat(70_000))
  // RFC 6455 §7.4.1: too big to process.
  return { actual: await client.closed, expected: 1009 }
}

async function ticketForSocket(api: LiveApi): ReturnType<SuiteTest['run']> {
  const [ticket, other] = [await api.ticket('/ws'), await api.ticket('/events')]
  const actual = [await api.handshake({}, ticket), await api.handshake({}, ticket), await api.handshake({}, other)]
  return { actual, expected: [101, 401, 401] }
}

async function ticketForStream(api: LiveApi): ReturnType<SuiteTest['run']> {
  const stream = await api.open(openStream, `/events${await api.ticket('/events')}`)
  const writer = await api.open(openSocket, '/ws', await api.bearer(WRITER))
  writer.send('say', 'to a page')
  return { actual: await stream.next('said'), expected: { from: 'user-1', text: 'to a page' } }
}

async function loggedOut(api: LiveApi): ReturnType<SuiteTest['run']> {
  const leaver = await api.bearer({ ...READER, claims: { sub: 'leaver' } })
  const socket = await api.open(openSocket, '/ws', leaver)
  const stream = await api.open(openStream, '/events', leaver)
  const other = await api.open(openSocket, '/ws', await api.bearer(WRITER))
  const nobody = await api.call('POST', '/api/logout-everywhere')
  const { status, body } = await api.call('POST', '/api/logout-everywhere', leaver)
  const [code] = await Promise.all([socket.closed, stream.closed])
  const later = [await api.call('GET', '/api/private', leaver), await api.call('POST', '/api/private', leaver)]
  other.send('say', 'still here')
  return {
    actual: [nobody.status, status, body, code, later.map((one) => one.status), await other.next('said')],
    expected: [401, 200, { loggedOut: 'leaver' }, 1008, [401, 401], { from: 'user-1', text: 'still here' }],
  }
}

async function metrics(api: LiveApi): ReturnType<SuiteTest['run']> {
  await api.handshake()
  const response = await fetch(api.url('/metrics'))
  const [counted] = /^acme_auth_token_cache_tokens\b/m.exec(await response.text()) ?? []
  return { actual: [response.status, counted], expected: [200, 'acme_auth_token_cache_tokens'] }
}

async function signalled(
  api: LiveApi,
  securityEvent: (subject: string) => Promise<string>,
): ReturnType<SuiteTest['run']> {
  const expelled = await api.open(openSocket, '/ws', await api.bearer({ ...READER, claims: { sub: 'expelled' } }))
  // Of somebody else than the issuer.
  const forged = await api.post(
    '/security-events',
    `${(await securityEvent('expelled')).slice(0, -20)}${'A'.repeat(20)}`,
  )
  const told = await api.post('/security-events', await securityEvent('expelled'))
  const { err } = JSON.parse(forged.text) as { err?: string } // RFC 8935 §2.4
  return {
    actual: [forged.status, err, told, await expelled.closed],
    expected: [400, 'invalid_key', { status: 202, text: '' }, 1008],
  }
}
