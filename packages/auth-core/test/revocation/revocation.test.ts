import { describe, expect, it } from 'vitest'

import { memoryRevocations } from '../../src/index.js'
import type { AuthEvent, AuthOptions, RevocationListener, RevocationSource } from '../../src/index.js'
import { accepted, bearer, createWorld, errorOf, request, verdict } from '../support.js'
import { THROWN_VALUES } from '../thrown-values.js'

const world = await createWorld()
const token = await world.issuer.accessToken()

type Check = RevocationSource['check']

function source(check: Check, more: Partial<RevocationSource> = {}): RevocationSource {
  return { name: 'test', check, ...more }
}

interface Asked {
  readonly events: AuthEvent[]
  readonly ask: (credentials?: string) => Promise<string>
  readonly server: ReturnType<typeof world.serve>
}

function serving(revocation: AuthOptions['revocation'], more: Partial<AuthOptions> = {}): Asked {
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent): unknown => event.type === 'revocation' && events.push(event)
  const server = world.serve({ ...(revocation !== undefined && { revocation }), onEvent, ...more })
  return { events, server, ask: async (given = token) => verdict(await server.authenticate(bearer(given))) }
}

describe('a revoked token', () => {
  it('is refused from then on, new or remembered, and newer ones are not', async () => {
    const revocations = memoryRevocations({ now: world.clock.now })
    const { ask, events } = serving(revocations)
    expect([await ask(), await ask(), await ask()]).toEqual(['accepted', 'accepted', 'accepted'])
    world.clock.advance(1)
    await revocations.revoke({ subject: 'user-1', issuer: world.issuer.issuer })
    expect([await ask(), await ask()]).toEqual(['401 token_revoked', '401 token_revoked'])
    expect(await ask(await world.issuer.accessToken())).toBe('accepted')
    expect(events).toEqual([
      expect.objectContaining({ type: 'revocation', source: 'epochs', transition: 'revoked', subject: 'user-1' }),
    ])
  })

  it('is refused with a challenge that says no more than RFC 6750 §3.1', async () => {
    const { server } = serving(source(() => ({ revoked: true, detail: 'user-1 was locked' })))
    const outcome = await server.authenticate(bearer(token))
    if (outcome.ok) throw new Error('accepted')
    expect(outcome.headers['www-authenticate']).toContain('error="invalid_token"')
    expect(JSON.stringify([outcome.headers, outcome.body])).not.toContain('locked')
    expect(outcome.error.detail).toBe('by test: user-1 was locked')
  })

  it('is refused when it is verified alone, and by recheck', async () => {
    let revoked = false
    const { server } = serving(source(() => revoked))
    const auth = accepted(await server.authenticate(bearer(token)))
    await server.recheck(auth)
    revoked = true
    expect((await errorOf(() => server.recheck(auth))).reason).toBe('token_revoked')
    expect((await errorOf(() => server.verifyAccessToken(token))).reason).toBe('token_revoked')
  })

  it('does not burn its proof, and is not asked about when the token is no good', async () => {
    let asked = 0
    const { server } = serving(source(() => ++asked > 0 && false))
    await server.authenticate(
      request({ authorization: `Bearer ${await world.issuer.accessToken({ expiresIn: -60 })}` }),
    )
    expect(asked).toBe(0)
    const dpop = await world.dpopRequest()
    const refusing = serving(source(() => true))
    expect(verdict(await refusing.server.authenticate(dpop))).toBe('401 token_revoked')
    expect(verdict(await server.authenticate({ ...dpop, identity: {} }))).toBe('accepted')
  })

  it('is told by what the source is asked: names of the token, no token', async () => {
    const asked: unknown[] = []
    const { ask } = serving(source((one) => asked.push(one) > 9))
    const jti = await world.issuer.accessToken({ claims: { sid: 'session-1', jti: 'token-1' } })
    expect(await ask(jti)).toBe('accepted')
    expect(asked).toEqual([
      expect.objectContaining({
        issuer: world.issuer.issuer,
        subject: 'user-1',
        sessionId: 'session-1',
        tokenId: 'token-1',
      }),
    ])
    expect(JSON.stringify(asked)).not.toContain(jti)
  })
})

describe('several sources', () => {
  it('are all asked, and one that revokes counts before one that fails', async () => {
    const failing = source(() => Promise.reject(new Error('down')), { name: 'a' })
    const revoking = source(() => Promise.resolve(true), { name: 'b' })
    expect(await serving([failing, revoking]).ask()).toBe('401 token_revoked')
    expect(await serving([failing, source(() => false, { name: 'b' })]).ask()).toBe('503 revocation_unavailable')
    expect(await serving([source(() => false), source(() => Promise.resolve(false), { name: 'b' })]).ask()).toBe(
      'accepted',
    )
  })
})

describe('a source that fails', () => {
  it.each(THROWN_VALUES)('closed: 503 for %s', async (_, thrown) => {
    const throwing = source(() => {
      throw thrown
    })
    const rejecting = source(async () => {
      throw thrown
    })
    expect(await serving(throwing).ask()).toBe('503 revocation_unavailable')
    expect(await serving(rejecting).ask()).toBe('503 revocation_unavailable')
  })

  it.each([undefined, null, 'false', 0, {}, { revoked: 'no' }, { revoked: undefined }, []])(
    'by answering %j: 503',
    async (answer) => {
      expect(await serving(source(() => answer as unknown as boolean)).ask()).toBe('503 revocation_unavailable')
    },
  )

  it('by not answering: 503 after its timeout', async () => {
    expect(await serving(source(() => new Promise(() => undefined), { timeout: 0.01 })).ask()).toBe(
      '503 revocation_unavailable',
    )
  })

  it('open: the token passes, and one event tells of the outage, one of its end', async () => {
    let failing = true
    const { ask, events } = serving(
      source(
        () => {
          if (failing) throw new Error('connection lost\nto the database')
          return false
        },
        { onFailure: 'open' },
      ),
    )
    expect([await ask(), await ask()]).toEqual(['accepted', 'accepted'])
    failing = false
    expect([await ask(), await ask()]).toEqual(['accepted', 'accepted'])
    expect(events.map((event) => event.type === 'revocation' && [event.transition, event.detail])).toEqual([
      ['failed', 'connection lost\\u000ato the database'],
      ['recovered', undefined],
    ])
  })

  it('makes the process not ready where it is closed, and shows in the report', async () => {
    const ask = async (onFailure: 'closed' | 'open', state: 'up' | 'down'): Promise<unknown> => {
      const { server } = serving(source(() => false, { onFailure, state: () => state }))
      const { ready, revocation } = await server.ready()
      const row = server.report().find(({ id }) => id === 'revocation')
      return [ready, revocation, row?.value, row?.state]
    }
    const says = (onFailure: string, state: string): unknown => [{ source: 'test', onFailure, state }]
    expect(await ask('closed', 'up')).toEqual([true, says('closed', 'up'), ['test: closed when it fails'], 'up'])
    expect(await ask('closed', 'down')).toEqual([false, says('closed', 'down'), ['test: closed when it fails'], 'down'])
    expect(await ask('open', 'down')).toEqual([true, says('open', 'down'), ['test: open when it fails'], 'down'])
    expect(await world.server.ready()).not.toHaveProperty('revocation')
  })

  it('is waited for at start-up, which goes on without it', async () => {
    const { server } = serving(source(() => false, { preload: () => Promise.reject(new Error('down')) }))
    await server.preload()
    expect((await server.ready()).ready).toBe(false)
  })
})

describe('what a source says of itself', () => {
  it('becomes events: its state by transitions, and what it rejected in one line', () => {
    const told: RevocationListener[] = []
    const { events } = serving(
      source(() => false, {
        subscribe(listener) {
          told.push(listener)
          return () => undefined
        },
      }),
    )
    const [listener] = told
    listener?.changed?.('down', 'no contact')
    listener?.changed?.('down', 'no contact')
    listener?.changed?.('up')
    listener?.rejected?.('forged\u001b[31m')
    listener?.revoked({})
    expect(events.map((event) => event.type === 'revocation' && [event.transition, event.detail])).toEqual([
      ['failed', 'no contact'],
      ['recovered', undefined],
      ['rejected', 'forged\\u001b[31m'],
      ['revoked', undefined],
    ])
  })

  it('holds as long as it says, for a token that is remembered', async () => {
    let asked = 0
    const { ask } = serving(
      source(() => {
        asked += 1
        return { revoked: false, maxAge: 10 }
      }),
    )
    const own = await world.issuer.accessToken()
    for (let i = 0; i < 6; i++) expect(await ask(own)).toBe('accepted')
    // The first two times it is verified: it is remembered when it comes again.
    expect(asked).toBe(2)
    world.clock.advance(10)
    await ask(own)
    expect(asked).toBe(3)
  })
})

describe('the option', () => {
  it.each<[string, unknown, string]>([
    ['a function', () => false, 'revocation: got function'],
    ['an empty list', [], 'revocation: got a list of 0'],
    ['true', true, 'revocation: got boolean'],
    ['a promise', Promise.resolve(source(() => false)), 'revocation: got object'],
    ['no check', { name: 'a' }, 'revocation.check: got undefined'],
    ['no name', { check: () => false }, 'revocation.name: got undefined'],
    ['a name with a space', { name: 'a b', check: () => false }, 'revocation.name: got "a b"'],
    ['a policy that there is not', { name: 'a', check: () => false, onFailure: 'ignore' }, 'revocation.onFailure'],
    ['no time', { name: 'a', check: () => false, timeout: 0 }, 'revocation.timeout'],
    ['two of one name', [source(() => false), source(() => false)], 'another name for each source'],
    ['nothing', undefined, 'revocation: got undefined'],
  ])('refuses %s', (_, revocation, message) => {
    expect(() => world.serve({ revocation: revocation as RevocationSource })).toThrow(message)
  })
})
