import { describe, expect, it } from 'vitest'
import type { ReplayStore } from '../../src/dpop/replay/replay-store.js'
import { AUDIENCE, bearer, createWorld, NOW, request, verdict } from '../support.js'

describe('statistics()', () => {
  it('count what the cache of tokens found, and how many it holds', async () => {
    const { server, issuer } = await createWorld()
    const token = await issuer.accessToken()
    expect(server.statistics().tokenCache).toEqual({ hits: 0, misses: 0, size: 0 })
    for (let time = 0; time < 5; time++) await server.authenticate(bearer(token))
    await server.authenticate(bearer(await issuer.accessToken()))
    expect(server.statistics().tokenCache).toEqual({ hits: 3, misses: 3, size: 1 })
  })

  it('count a token of the same fingerprint as a miss', async () => {
    const { server, issuer } = await createWorld()
    const token = await issuer.accessToken()
    for (let time = 0; time < 2; time++) await server.authenticate(bearer(token))
    const [header = '', , signature = ''] = token.split('.')
    const forged = `${header}.${Buffer.from(JSON.stringify({ iss: issuer.issuer })).toString('base64url')}.${signature}`
    expect(verdict(await server.authenticate(bearer(forged)))).toBe('401 token_invalid')
    expect(server.statistics().tokenCache).toEqual({ hits: 0, misses: 3, size: 1 })
  })

  it('count what the replay store answered, for each resource server, though they share it', async () => {
    const answers = ['reserved', 'seen', undefined, 'reserved', new Error('down'), 'seen']
    const reserve = (): ReturnType<ReplayStore['reserve']> => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer as 'reserved' // wrong answers are among those that a store may give
    }
    const store: ReplayStore = { reserve }
    const late: ReplayStore = { reserve: async () => Promise.reject(new Error('down')) }
    const world = await createWorld({ dpop: { replay: store } })
    const other = world.serve({ dpop: { replay: store } })
    const failing = world.serve({ dpop: { replay: late } })
    for (let time = 0; time < 5; time++) await world.server.authenticate(await world.dpopRequest())
    await other.authenticate(await world.dpopRequest())
    await failing.authenticate(await world.dpopRequest())
    expect(world.server.statistics().replay).toEqual({ fresh: 2, replayed: 1, failed: 2 })
    expect(other.statistics().replay).toEqual({ fresh: 0, replayed: 1, failed: 0 })
    expect(failing.statistics().replay).toEqual({ fresh: 0, replayed: 0, failed: 1 })
  })

  it('count what the issuer said of opaque tokens', async () => {
    const answers: unknown[] = [{ active: true }, { active: false }, { active: 'true' }, new Error('down'), 7]
    const introspect = async (): Promise<unknown> => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return typeof answer === 'number'
        ? answer
        : { iss: 'https://issuer.test/', aud: AUDIENCE, exp: NOW + 60, ...Object(answer) }
    }
    const { server } = await createWorld({ opaqueTokens: { introspect } }, { issuer: 'https://issuer.test/' })
    for (let time = 0; time < 5; time++) await server.authenticate(bearer('opaque'))
    expect(server.statistics().opaqueTokens).toEqual({ active: 1, inactive: 1, failed: 3 })
  })

  it('have nothing of what there is not, and cannot be changed from outside', async () => {
    const { server, serve } = await createWorld({ tokenCache: false, dpop: { mode: 'disabled' } })
    expect(server.statistics()).toEqual({ tokenCache: undefined, replay: undefined, opaqueTokens: undefined })
    const counting = serve({ dpop: { proofErrorStatus: 401 } })
    Object.assign(counting.statistics().replay ?? {}, { fresh: 7 })
    expect(counting.statistics().replay).toEqual({ fresh: 0, replayed: 0, failed: 0 })
    expect(serve({ dpop: { replay: false } }).statistics().replay).toBe(undefined)
    await counting.authenticate(request())
  })
})

describe('events of keys', () => {
  it('tell how long a fetch took', async () => {
    const { server, keysEvents, issuer } = await createWorld()
    issuer.fail('keys', { delay: 30 })
    await server.preload()
    server.invalidate()
    const [fetched, invalidated] = keysEvents.map(({ duration }) => duration)
    expect(fetched).toBeGreaterThan(0.02)
    expect(fetched).toBeLessThan(20)
    expect(invalidated).toBe(undefined)
  })
})
