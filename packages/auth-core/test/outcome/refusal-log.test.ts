import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { RequestLog } from '../../src/request/resource-request.js'
import { bearer, createWorld, request, verdict } from '../support.js'

const world = await createWorld()
const lines: string[] = []
const log: RequestLog = (level, line) => void lines.push(`${level} ${line}`)

beforeEach(() => {
  lines.length = 0
  vi.stubEnv('NODE_ENV', 'development')
  vi.stubEnv('DEBUG', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

function serve(options: Partial<AuthOptions> = {}): ReturnType<typeof world.serve> {
  return world.serve({ onEvent: undefined, ...options })
}

const sent = (target = '/items?token=secret'): ReturnType<typeof request> => ({
  ...request({ target, headers: ['X-Request-Id', 'id-1'] }),
  log,
})
const REFUSED = 'info acme-auth: refused GET /items, 401 credentials_missing (correlation id id-1)'

describe('outside of production', () => {
  it.each(['development', 'test', ''])('a refusal is one line where NODE_ENV is "%s"', async (environment) => {
    vi.stubEnv('NODE_ENV', environment)
    await serve().authenticate(sent())
    expect(lines).toEqual([REFUSED])
  })

  it('what was accepted is not logged', async () => {
    const server = serve()
    await server.authenticate({ ...bearer(await world.issuer.accessToken()), log })
    await server.authenticate(sent(), server.optional())
    expect(lines).toEqual([])
  })

  it('what settings that are tried would refuse is told', async () => {
    const server = serve({ shadow: { requirements: 'write' } })
    const token = await world.issuer.accessToken()
    await server.authenticate({ ...bearer(token, { headers: ['X-Request-Id', 'id-3'] }), log })
    expect(lines).toEqual([
      'info acme-auth: accepted GET /items, Bearer of "user-1"; shadow: 403 scope_missing: lacks write (correlation id id-3)',
    ])
  })

  it('a requirement that is not met is told', async () => {
    const server = serve()
    const token = await world.issuer.accessToken({ scope: 'a' })
    await server.authenticate(
      { ...bearer(token, { headers: ['X-Request-Id', 'id-2'] }), log },
      server.requirements('b'),
    )
    expect(lines).toEqual(['info acme-auth: refused GET /items, 403 scope_missing: lacks b (correlation id id-2)'])
  })

  it("what is not the client's fault is a warning", async () => {
    const server = serve({ fetch: () => Promise.reject(new Error('down\r\nforged')) })
    expect(verdict(await server.authenticate({ ...bearer(await world.issuer.accessToken()), log }))).toBe(
      '503 issuer_unavailable',
    )
    expect(lines).toEqual([
      expect.stringMatching(/^warn acme-auth: refused GET \/items, 503 issuer_unavailable: .*down/),
    ])
    expect(lines.join('').includes('\n')).toBe(false)
  })

  it('is on the console where the framework has no log', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    await serve().authenticate({ ...sent(), log: undefined })
    expect(warn.mock.calls).toEqual([[REFUSED.replace('info ', '')]])
  })

  it('a log that throws changes nothing', async () => {
    const throws = (): never => {
      throw new Error('disk full')
    }
    expect(verdict(await serve().authenticate({ ...sent(), log: throws }))).toBe('401 credentials_missing')
  })

  it.each<readonly [string, Partial<AuthOptions>]>([
    ['a hook is given', { onEvent: () => undefined }],
    ['refusals are forwarded', { refusals: 'forward' }],
  ])('nothing is logged where %s', async (_, options) => {
    await serve(options).authenticate(sent())
    expect(lines).toEqual([])
  })

  it('nothing that the caller sent ends a line or reaches a terminal', async () => {
    const forged = `/a\r\nacme-auth: accepted\u001b[2J${'x'.repeat(9999)}`
    await serve().authenticate({ ...sent(forged), method: 'GET\n' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[\x20-\x7e…]{1,500}$/)
  })
})

describe('in production', () => {
  beforeEach(() => vi.stubEnv('NODE_ENV', 'production'))

  it('nothing is logged', async () => {
    await serve().authenticate(sent())
    expect(lines).toEqual([])
  })

  it('nothing is logged in a Worker, whose environment says nothing', async () => {
    vi.stubEnv('NODE_ENV', undefined)
    vi.stubGlobal('process', undefined)
    const server = serve()
    vi.unstubAllGlobals()
    await server.authenticate(sent())
    expect(lines).toEqual([])
  })

  it.each(['acme-auth', 'express:*,acme-auth', 'acme-auth*', '*', 'a acme-auth'])(
    'DEBUG=%s logs every decision, beside the hook',
    async (debug) => {
      vi.stubEnv('DEBUG', debug)
      const onEvent = vi.fn<() => void>()
      const server = serve({ onEvent })
      await server.authenticate({
        ...bearer(await world.issuer.accessToken(), { headers: ['X-Request-Id', 'i'] }),
        log,
      })
      await server.authenticate(sent(), server.optional())
      await server.authenticate(sent())
      expect(lines).toEqual([
        'info acme-auth: accepted GET /items, Bearer of "user-1" (correlation id i)',
        'info acme-auth: anonymous GET /items (correlation id id-1)',
        REFUSED,
      ])
      expect(onEvent).toHaveBeenCalledTimes(4) // with that of the keys
    },
  )

  it.each(['acme', 'acme-author', '-acme-auth', ''])('DEBUG=%s logs nothing', async (debug) => {
    vi.stubEnv('DEBUG', debug)
    await serve().authenticate(sent())
    expect(lines).toEqual([])
  })
})
