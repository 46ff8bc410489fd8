import { describe, expect, it, vi } from 'vitest'
import type { ClaimsSchema } from '../../src/access-token/claims-schema.js'
import { bearer, createWorld, faultOf, refused, verdict } from '../support.js'

const world = await createWorld()
const token = await world.issuer.accessToken({ claims: { org_id: 'org_1' } })

type Validate = (value: unknown) => unknown

function schema(validate: Validate): ClaimsSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } } as ClaimsSchema // wrong answers are the point, too
}

function serve(validate: Validate): ReturnType<typeof world.serve> {
  return world.serve({ claims: schema(validate) })
}

const issue = { message: 'expected "org_2"\r\nforged', path: ['org_id', { key: 0 }, Symbol('s')] }

describe('a schema of the claims', () => {
  it('gets the claims, and lets a token pass that it has no issues with', async () => {
    const validate = vi.fn<Validate>((value) => ({ value }))
    const server = serve(validate)
    const outcome = await server.authenticate(bearer(token))
    expect(verdict(outcome)).toBe('accepted')
    expect(validate.mock.calls[0]?.[0]).toMatchObject({ org_id: 'org_1', iss: world.issuer.issuer })
  })

  it('may be asynchronous, and a function', async () => {
    const validate = (value: unknown): Promise<unknown> => Promise.resolve({ value })
    const claims = Object.assign((): void => undefined, schema(validate))
    expect(verdict(await world.serve({ claims }).authenticate(bearer(token)))).toBe('accepted')
  })

  it.each<readonly [string, unknown, string]>([
    ['an issue', { issues: [issue] }, 'claim org_id.0.Symbol(s): expected "org_2"\\u000d\\u000aforged'],
    ['an issue, later', Promise.resolve({ issues: [issue] }), 'claim org_id.0.Symbol(s): expected'],
    ['an issue with all', { issues: [{ message: 'no' }] }, 'claim (all): no'],
    ['issues without one', { issues: [] }, 'claim (all): is not as wanted'],
  ])('refuses with 401 for %s, whose path is in the event only', async (_, result, detail) => {
    const answer = refused(await serve(() => result).authenticate(bearer(token)))
    expect([answer.status, answer.error.reason]).toEqual([401, 'token_invalid'])
    expect(answer.error.detail).toContain(detail)
    expect(JSON.stringify([answer.headers, answer.body])).not.toContain('org_')
  })

  it('is not asked before the signature is verified', async () => {
    const validate = vi.fn<Validate>(() => ({}))
    const server = serve(validate)
    await server.authenticate(bearer(`${token.slice(0, -8)}AAAAAAAA`))
    await server.authenticate(bearer(await world.issuer.accessToken({ expiresIn: -60 })))
    expect(validate).not.toHaveBeenCalled()
  })

  it('that refuses is asked again, and a token that it refuses is not remembered', async () => {
    const validate = vi.fn<Validate>(() => ({ issues: [issue] }))
    const server = serve(validate)
    for (let sent = 0; sent < 4; sent++)
      expect(verdict(await server.authenticate(bearer(token)))).toBe('401 token_invalid')
    expect(validate).toHaveBeenCalledTimes(4)
  })

  it.each<readonly [string, Validate]>([
    ['throws', () => JSON.parse('{')],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['answers nothing', () => undefined],
    ['answers true', () => true],
    ['answers text, later', () => Promise.resolve('ok')],
  ])('that %s is a fault, never a pass', async (_, validate) => {
    expect(await faultOf(() => serve(validate).authenticate(bearer(token)))).toBeInstanceOf(Error)
  })

  it('that never answers is a fault', async () => {
    let answers = true
    const server = serve(() => (answers ? {} : new Promise(() => undefined)))
    // Fetches the keys.
    expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
    answers = false
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const fault = faultOf(() => server.authenticate(bearer(token)))
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    vi.advanceTimersByTime(5000)
    vi.useRealTimers()
    expect((await fault).message).toBe('claims: the schema has not answered within 5 s')
  })

  it.each([{}, { '~standard': {} }, { '~standard': { validate: true } }, 'schema', 1, null, (): void => undefined])(
    'is no %o',
    async (claims) => {
      const error = await faultOf(() => world.serve({ claims: claims as ClaimsSchema })) // wrong on purpose
      expect([error.name, error.message]).toEqual([
        'TypeError',
        expect.stringMatching(/^claims: got .*a Standard Schema/),
      ])
    },
  )
})

describe('maxTokenAge', () => {
  const server = world.serve({ maxTokenAge: 100 })
  const agedBy = (seconds: number): Promise<string> =>
    world.issuer.accessToken({ claims: { iat: Math.floor(world.clock.now()) - seconds } })

  it.each<readonly [number, string]>([
    [0, 'accepted'],
    [105, 'accepted'],
    [106, '401 token_expired'],
    [100_000, '401 token_expired'],
  ])('a token of %i s: %s', async (age, outcome) => {
    expect(verdict(await server.authenticate(bearer(await agedBy(age))))).toBe(outcome)
  })

  it('needs an iat', async () => {
    const outcome = await server.authenticate(bearer(await world.issuer.accessToken({ claims: { iat: undefined } })))
    expect([verdict(outcome), refused(outcome).error.detail]).toEqual([
      '401 token_invalid',
      'iat is missing, which maxTokenAge counts from',
    ])
  })

  it('counts for tokens that are remembered', async () => {
    const own = await createWorld({ maxTokenAge: 100 })
    const remembered = await own.issuer.accessToken()
    for (let sent = 0; sent < 3; sent++)
      expect(verdict(await own.server.authenticate(bearer(remembered)))).toBe('accepted')
    own.clock.advance(106)
    const outcome = await own.server.authenticate(bearer(remembered))
    expect(refused(outcome).error.detail).toBe('iat is 106 s ago; maxTokenAge and tolerance 105 s')
  })

  it.each([0, -1, NaN, Infinity, '60', null, undefined])('is no %s', async (maxTokenAge) => {
    const error = await faultOf(() => world.serve({ maxTokenAge: maxTokenAge as number })) // wrong on purpose
    expect(error.message).toMatch(/^maxTokenAge: got/)
  })
})
