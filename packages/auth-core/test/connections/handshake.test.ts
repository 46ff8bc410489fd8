import { createTestKey } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'

import type { AuthOptions, ConnectionOptions, ResourceServer, TicketStore } from '../../src/index.js'
import { accepted, bearer, createWorld, errorOf, request, verdict } from '../support.js'
import type { RequestParts } from '../support.js'

const world = await createWorld()
const token = await world.issuer.accessToken({ scope: 'read:messages' })
const PAGE = 'https://app.example.com'

function serving(connections: ConnectionOptions = {}, more: Partial<AuthOptions> = {}): ResourceServer {
  return world.serve({ connections, ...more })
}

function handshake(protocols: string | readonly string[], parts: RequestParts = {}): ReturnType<typeof request> {
  const lines = (Array.isArray(protocols) ? protocols : [protocols]).flatMap((one: string) => [
    'Sec-WebSocket-Protocol',
    one,
  ])
  const { headers = [], ...rest } = parts
  return request({ target: '/ws', headers: ['Upgrade', 'websocket', ...lines, ...headers], ...rest })
}

async function answer(server: ResourceServer, given: ReturnType<typeof request>): Promise<string> {
  return verdict(await server.authenticate(given))
}

describe('a token as a subprotocol', () => {
  it.each<[string, string | readonly string[]]>([
    ['in one line', `auth0-token, ${token}`],
    ['in two lines', ['auth0-token', token]],
    ['behind another subprotocol', `graphql-transport-ws, auth0-token,${token}`],
  ])('is taken %s', async (_, protocols) => {
    expect(await answer(serving(), handshake(protocols))).toBe('accepted')
  })

  it.each<[string, string | readonly string[], string]>([
    ['without a token', 'auth0-token', '400 credentials_malformed'],
    ['with an empty one', 'auth0-token, ', '400 credentials_malformed'],
    ['with two', `auth0-token, ${token}, ${token}`, '400 credentials_malformed'],
    ['twice', `auth0-token, auth0-token, ${token}`, '400 credentials_malformed'],
    ['with quotes', `auth0-token, "${token}"`, '400 credentials_malformed'],
    ['with quotes around its name', `"auth0-token", ${token}`, '401 credentials_missing'],
    ['alone', token, '401 credentials_missing'],
    ['of 20 KB', `auth0-token, ${'x'.repeat(20_000)}`, '400 token_too_large'],
    ['that is none', 'auth0-token, x', '401 token_invalid'],
  ])('%s is refused', async (_, protocols, wanted) => {
    expect(await answer(serving(), handshake(protocols))).toBe(wanted)
  })

  it('is taken nowhere else, and not without the option', async () => {
    const protocols = `auth0-token, ${token}`
    expect(await answer(world.server, handshake(protocols))).toBe('401 credentials_missing')
    expect(await answer(serving(), handshake(protocols, { method: 'POST' }))).toBe('401 credentials_missing')
    const plain = request({ headers: ['Sec-WebSocket-Protocol', protocols] })
    expect(await answer(serving(), plain)).toBe('401 credentials_missing')
    const other = request({ headers: ['Upgrade', 'h2c', 'Sec-WebSocket-Protocol', protocols] })
    expect(await answer(serving(), other)).toBe('401 credentials_missing')
  })

  it('is refused beside a header', async () => {
    const both = handshake(`auth0-token, ${token}`, { authorization: `Bearer ${token}` })
    expect(await answer(serving(), both)).toBe('400 credentials_repeated')
  })

  it('is refused when it is bound to a key: there is no proof', async () => {
    const bound = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    expect(await answer(serving(), handshake(`auth0-token, ${bound}`))).toBe('401 token_bound')
  })

  it('is no anonymous request where it is bad', async () => {
    const server = serving()
    expect(verdict(await server.authenticate(handshake('auth0-token, x'), server.optional()))).toBe('401 token_invalid')
    expect(verdict(await server.authenticate(handshake('chat'), server.optional()))).toBe('anonymous')
  })

  it('is never looked for in the query', async () => {
    const target = `/ws?access_token=${token}&token=${token}&auth0-token=${token}`
    expect(await answer(serving(), handshake('chat', { target }))).toBe('401 credentials_missing')
  })
})

describe('the origin of a page', () => {
  const server = serving({ allowedOrigins: [PAGE, 'HTTPS://Other.example.com'] })
  const origin = (...values: string[]): RequestParts => ({
    authorization: `Bearer ${token}`,
    headers: values.flatMap((value) => ['Origin', value]),
  })

  it.each<[string, readonly string[], string]>([
    ['that is allowed', [PAGE], 'accepted'],
    ['that is allowed, in lower case', ['https://other.example.com'], 'accepted'],
    ['of no page', [], 'accepted'],
    ['of another page', ['https://evil.example.com'], '403 origin_denied'],
    ['of a page whose name begins the same', [`${PAGE}.evil.com`], '403 origin_denied'],
    ['of a sandbox', ['null'], '403 origin_denied'],
    ['twice', [PAGE, PAGE], '403 origin_denied'],
  ])('%s: %s', async (_, values, wanted) => {
    expect(await answer(server, handshake([], origin(...values)))).toBe(wanted)
    const events = request({
      ...origin(...values),
      headers: ['Accept', 'text/event-stream', ...(origin(...values).headers ?? [])],
    })
    expect(await answer(server, events)).toBe(wanted)
  })

  it('does not matter to plain requests, and is no challenge to log in again', async () => {
    const evil = origin('https://evil.example.com')
    expect(await answer(server, request(evil))).toBe('accepted')
    const outcome = await server.authenticate(handshake([], evil))
    if (outcome.ok) throw new Error('accepted')
    expect(outcome.headers['www-authenticate']).not.toContain('scope=')
    expect(JSON.stringify(outcome.headers) + outcome.body).not.toContain('evil')
  })
})

describe('a ticket', () => {
  const use = { path: '/ws', origin: PAGE }
  const withTicket = (ticket: string, parts: RequestParts = {}): ReturnType<typeof request> =>
    handshake([], { target: `/ws?auth0_ticket=${ticket}`, headers: ['Origin', PAGE], ...parts })

  async function buy(server: ResourceServer, given = use, own = token): Promise<string> {
    const auth = accepted(await server.authenticate(bearer(own)))
    return (await server.issueTicket(auth, given)).ticket
  }

  it('opens a connection as the caller who bought it, once', async () => {
    const server = serving()
    const ticket = await buy(server)
    const auth = accepted(await server.authenticate(withTicket(ticket)))
    expect([auth.subject, auth.scopes, auth.scheme]).toEqual(['user-1', ['read:messages'], 'Bearer'])
    expect(await answer(server, withTicket(ticket))).toBe('401 ticket_invalid')
  })

  it('is good once of two at the same time', async () => {
    const server = serving()
    const ticket = await buy(server)
    const answers = await Promise.all([answer(server, withTicket(ticket)), answer(server, withTicket(ticket))])
    expect(answers.toSorted()).toEqual(['401 ticket_invalid', 'accepted'])
  })

  it('is the same for several guards of one request', async () => {
    const server = serving()
    const one = withTicket(await buy(server))
    expect(await answer(server, one)).toBe('accepted')
    expect(verdict(await server.authenticate(one, server.requirements('read:messages')))).toBe('accepted')
    expect(verdict(await server.authenticate(one, server.requirements('write:messages')))).toBe('403 scope_missing')
  })

  it('carries a proof that was shown when it was bought', async () => {
    const server = serving({}, { dpop: { mode: 'required' } })
    const auth = accepted(await server.authenticate(await world.dpopRequest()))
    const { ticket, expires_in: seconds } = await server.issueTicket(auth, use)
    expect(seconds).toBe(30)
    const opened = accepted(await server.authenticate(withTicket(ticket)))
    expect([opened.scheme, opened.thumbprint]).toEqual(['DPoP', world.key.thumbprint])
  })

  it.each<[string, RequestParts, string]>([
    ['by another path', { target: '/other?auth0_ticket=$' }, '401 ticket_invalid'],
    ['by another origin', { headers: ['Origin', 'https://evil.example.com'] }, '401 ticket_invalid'],
    ['by no page', { headers: [] }, '401 ticket_invalid'],
    ['beside a header', { authorization: `Bearer ${token}` }, '400 credentials_repeated'],
    ['twice in the query', { target: '/ws?auth0_ticket=$&auth0_ticket=$' }, '401 ticket_invalid'],
    ['by POST', { method: 'POST' }, '401 credentials_missing'],
    ['with a proof', { dpop: 'x.y.z' }, '401 ticket_invalid'],
  ])('is refused %s', async (_, parts, wanted) => {
    const server = serving()
    const ticket = await buy(server)
    const target = (parts.target ?? '/ws?auth0_ticket=$').replaceAll('$', ticket)
    expect(await answer(server, withTicket(ticket, { ...parts, target }))).toBe(wanted)
  })

  it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(20_000), '%00', '../..'])('that is none is refused', async (ticket) => {
    expect(await answer(serving(), withTicket(ticket))).toBe('401 ticket_invalid')
  })

  it('of a page is good for a stream of its own origin, which sends none', async () => {
    const server = serving()
    const ticket = await buy(server, { path: '/events', origin: 'https://api.test' })
    expect(await answer(server, request({ target: `/events?x=1&auth0_ticket=${ticket}` }))).toBe('accepted')
  })

  it('is judged again: lifetime of its own, expiry, revocation and requirements', async () => {
    let revoked = false
    const server = serving({}, { revocation: { name: 'test', check: () => revoked } })
    const late = await buy(server)
    world.clock.advance(30)
    expect(await answer(server, withTicket(late))).toBe('401 ticket_invalid')
    const short = await world.issuer.accessToken({ expiresIn: 10 })
    const outlived = await buy(server, use, short)
    world.clock.advance(20)
    expect(await answer(server, withTicket(outlived))).toBe('401 token_expired')
    const narrow = await buy(server)
    const admin = server.requirements('admin')
    expect(verdict(await server.authenticate(withTicket(narrow), admin))).toBe('403 scope_missing')
    const gone = await buy(server)
    revoked = true
    expect(await answer(server, withTicket(gone))).toBe('401 token_revoked')
  })

  it('is worth nothing to whoever reads the store', async () => {
    const held = new Map<string, string>()
    const store: TicketStore = {
      put: (id, sealed) => void held.set(id, sealed),
      take: (id) => {
        const sealed = held.get(id)
        held.delete(id)
        return sealed
      },
    }
    const server = serving({ tickets: store })
    const ticket = await buy(server)
    const [[id, sealed] = ['', '']] = held
    expect(id + sealed).not.toContain(ticket)
    expect(id + sealed).not.toContain(token.slice(0, 40))
    // Nor can its content be replaced by that of another.
    await buy(server)
    const [, [, other] = ['', '']] = held
    held.set(id, other)
    expect(await answer(server, withTicket(ticket))).toBe('401 ticket_invalid')
    const forged = await buy(server)
    const [last = ''] = [...held.keys()].slice(-1)
    held.set(last, 'not sealed')
    expect(await answer(server, withTicket(forged))).toBe('401 ticket_invalid')
  })

  it('is a 503 where the store fails, hangs or is full', async () => {
    const failing = serving({
      tickets: { put: () => Promise.reject(new Error('down')), take: () => Promise.reject(new Error('down')) },
    })
    const auth = accepted(await failing.authenticate(bearer(token)))
    expect((await errorOf(() => failing.issueTicket(auth, use))).reason).toBe('ticket_unavailable')
    expect(await answer(failing, withTicket('x'.repeat(43)))).toBe('503 ticket_unavailable')
    const one = serving()
    const own = accepted(await one.authenticate(bearer(token)))
    for (let i = 0; i < 100; i++) await one.issueTicket(own, use)
    expect((await errorOf(() => one.issueTicket(own, use))).detail).toBe('tickets: 100 tickets of one caller in 30 s')
  })

  it('is counted for its caller: a client of the name of a user takes none of theirs', async () => {
    const server = serving()
    const machine = await world.issuer.accessToken({ claims: { sub: undefined, client_id: 'user-1' } })
    const client = accepted(await server.authenticate(bearer(machine)))
    expect([client.subject, client.clientId]).toEqual([undefined, 'user-1'])
    for (let i = 0; i < 100; i++) await server.issueTicket(client, use)
    const user = accepted(await server.authenticate(bearer(token)))
    expect((await server.issueTicket(user, use)).expires_in).toBe(30)
  })

  it.each<[string, unknown]>([
    ['no path', undefined],
    ['a URL', 'https://api.test/ws'],
    ['a path with a query', '/ws?x=1'],
    ['an empty path', ''],
    ['a long path', `/${'x'.repeat(3000)}`],
    ['a path with a line feed', '/ws\n'],
    ['a number', 5],
  ])('for %s is not sold: the client said so', async (_, path) => {
    const server = serving()
    const auth = accepted(await server.authenticate(bearer(token)))
    const error = await errorOf(() => server.issueTicket(auth, { path: path as string, origin: undefined }))
    expect([error.status, error.reason]).toEqual([400, 'credentials_malformed'])
  })

  it('is not there where there are none', async () => {
    const auth = accepted(await world.server.authenticate(bearer(token)))
    await expect(world.server.issueTicket(auth, use)).rejects.toThrow('want the option connections')
    expect(await answer(serving({ tickets: false }), withTicket('x'.repeat(43)))).toBe('401 credentials_missing')
  })

  it('of a token that is bound is judged by what can be checked where it is redeemed', async () => {
    const held = new Map<string, string>()
    const tickets: TicketStore = {
      put: (id, sealed) => void held.set(id, sealed),
      take: (id) => held.get(id),
    }
    const sold = async (cnf: object, shown: object): Promise<string> => {
      const server = serving({ tickets })
      const auth = accepted(await server.authenticate(bearer(token)))
      const bound = await world.issuer.accessToken({ claims: { cnf } })
      // As another resource server has let it through.
      const { ticket } = await server.issueTicket({ ...auth, ...shown, token: bound }, use)
      return answer(server, withTicket(ticket))
    }
    const other = 'x'.repeat(43)
    expect(await sold({ 'x5t#S256': other }, { certificateThumbprint: other })).toBe('401 token_invalid')
    expect(await sold({ jkt: other }, {})).toBe('401 token_bound')
    const shown = { scheme: 'DPoP', thumbprint: world.key.thumbprint }
    expect(await sold({ jkt: other }, shown)).toBe('401 ticket_invalid')
    expect(await sold({ jkt: world.key.thumbprint }, shown)).toBe('accepted')
  })

  it('is held against what each guard of a request requires', async () => {
    const server = serving()
    const one = withTicket(await buy(server))
    expect(await answer(server, one)).toBe('accepted')
    const bound = server.requirements({ dpop: 'required' })
    expect(verdict(await server.authenticate(one, bound))).toBe('400 dpop_required')
  })

  it('of one key does not stand for another', async () => {
    const server = serving()
    const other = await createTestKey('ES256')
    const bound = await world.issuer.accessToken({ jkt: other.thumbprint })
    expect(await answer(server, request({ authorization: `DPoP ${bound}`, dpop: await world.proof(bound) }))).toBe(
      '401 key_mismatch',
    )
  })
})

describe('the option', () => {
  it.each<[string, object, string]>([
    ['an empty list', { allowedOrigins: [] }, 'connections.allowedOrigins: got []'],
    ['an origin with a path', { allowedOrigins: [`${PAGE}/x`] }, 'connections.allowedOrigins[0]'],
    ['a wildcard', { allowedOrigins: ['*'] }, 'connections.allowedOrigins[0]'],
    ['a store that is none', { tickets: { take: () => undefined } }, 'connections.tickets: got object'],
    ['true for a store', { tickets: true }, 'connections.tickets: got boolean'],
    ['a long life', { ticketLifetime: 61 }, 'connections.ticketLifetime: got 61'],
    ['no life', { ticketLifetime: 0 }, 'connections.ticketLifetime: got 0'],
    ['no interval', { recheckInterval: 0 }, 'connections.recheckInterval: got 0'],
    ['a misspelt name', { origins: [] }, 'unknown option "origins"'],
  ])('refuses %s', (_, connections, message) => {
    expect(() => serving(connections)).toThrow(message)
  })
})
