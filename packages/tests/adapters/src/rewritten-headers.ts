import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, forAnotherUrl, noCredentials, send } from './support.js'
import type { Answer, Header, World } from './support.js'

/** The headers of a request as an application changes them, by whatever means its framework has for it. */
export interface RequestHeaders {
  get(name: string): string | undefined
  set(name: string, value: string): void
  delete(name: string): void
}

/** A server of the framework: `rewrite` runs before the guard of its route `/`, on which any valid token passes. */
export interface RewritingServer {
  readonly options: World['options']
  /** As the framework's own setting has it. */
  readonly trustProxy: false | 'loopback'
  readonly rewrite: (headers: RequestHeaders) => void
}

const passed = { status: 200, body: 'user-1' }
const URL_HERE = 'http://api.example.com/'
const HOST: Header = ['Host', 'api.example.com']
const nothing = (): void => undefined

/** Headers that the application wrote or deleted count as it has them; of all others the list that was received does. */
export function describeRewrittenHeaders(framework: string, serve: (server: RewritingServer) => Promise<number>): void {
  describe(`headers that the application rewrites, on ${framework}`, () => {
    let world: World
    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(() => world.issuer.close())

    async function answer(
      rewrite: RewritingServer['rewrite'],
      headers: readonly Header[],
      trustProxy: RewritingServer['trustProxy'] = false,
    ): Promise<Answer> {
      return send(await serve({ options: world.options, trustProxy, rewrite }), '/', [HOST, ...headers])
    }

    /** Copies `X-Session-…` to the header of that name, as one would copy a cookie. */
    function fromSession(headers: RequestHeaders): void {
      for (const name of ['authorization', 'dpop']) {
        const value = headers.get(`x-session-${name}`)
        if (value !== undefined) headers.set(name, value)
      }
    }
    const inSession = (headers: readonly Header[]): readonly Header[] =>
      headers.map(([name, value]) => [`X-Session-${name}`, value])

    it('a token that it copied counts', async () => {
      expect(await answer(fromSession, inSession(await world.bearer()))).toMatchObject(passed)
    })

    it('a token that it copied counts in place of one that came', async () => {
      const came: Header = ['Authorization', 'Bearer x']
      expect(await answer(fromSession, [came, ...inSession(await world.bearer())])).toMatchObject(passed)
      expect(await answer(fromSession, [came, came, ...inSession(await world.bearer())])).toMatchObject(passed)
    })

    it('a token and a proof that it copied count', async () => {
      expect(await answer(fromSession, inSession(await world.dpop(URL_HERE)))).toMatchObject(passed)
      expect(await answer(fromSession, inSession(await world.dpop('http://api.example.com/x')))).toEqual(forAnotherUrl)
    })

    it('an Authorization that it deleted does not', async () => {
      const rewrite = (headers: RequestHeaders): void => headers.delete('authorization')
      expect(await answer(rewrite, await world.bearer())).toEqual(noCredentials)
      expect(await answer(rewrite, await world.dpop(URL_HERE))).toEqual(noCredentials)
      expect(await answer(rewrite, [...(await world.bearer()), ['Authorization', 'Bearer x']])).toEqual(noCredentials)
    })

    it('a proof that it deleted does not', async () => {
      const rewrite = (headers: RequestHeaders): void => headers.delete('dpop')
      expect(await answer(rewrite, await world.dpop(URL_HERE))).toMatchObject({
        status: 400,
        body: expect.stringContaining('"code":"DPOP_6001"') as string,
      })
    })

    it('what came twice, and was left alone, came twice', async () => {
      const [token] = await world.bearer()
      const [bound, proof] = await world.dpop(URL_HERE)
      if (token === undefined || bound === undefined || proof === undefined) throw new Error('no headers')
      const look = (headers: RequestHeaders): void => void [headers.get('authorization'), headers.get('dpop')]
      for (const rewrite of [nothing, look]) {
        const repeated = { status: 400, body: expect.stringContaining('"error":"invalid_request"') as string }
        expect(await answer(rewrite, [token, token])).toMatchObject(repeated)
        expect(await answer(rewrite, [token, ['Authorization', 'Basic eA==']])).toMatchObject(repeated)
        expect(await answer(rewrite, [bound, proof, proof])).toMatchObject({
          status: 400,
          body: expect.stringContaining('"error":"invalid_dpop_proof"') as string,
        })
      }
    })

    const EVIL: readonly Header[] = [
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'evil.example.com'],
      ['Forwarded', 'proto=https;host=evil.example.com'],
    ]

    it('forwarded headers that it deleted do not count', async () => {
      const rewrite = (headers: RequestHeaders): void => {
        for (const [name] of EVIL) headers.delete(name.toLowerCase())
      }
      const evil = await world.dpop('https://evil.example.com/')
      expect(await answer(nothing, [...EVIL, ...evil], 'loopback')).toMatchObject(passed)
      const again = await world.dpop('https://evil.example.com/')
      expect(await answer(rewrite, [...EVIL, ...again], 'loopback')).toEqual(forAnotherUrl)
      expect(await answer(rewrite, [...EVIL, ...(await world.dpop(URL_HERE))], 'loopback')).toMatchObject(passed)
    })

    it('forwarded headers that it wrote count as far as the peer is trusted', async () => {
      const rewrite = (headers: RequestHeaders): void => headers.set('x-forwarded-proto', 'https')
      const url = 'https://api.example.com/'
      expect(await answer(rewrite, await world.dpop(url), 'loopback')).toMatchObject(passed)
      expect(await answer(rewrite, await world.dpop(url))).toEqual(forAnotherUrl)
    })

    it('a request identifier that it made counts, unless the framework had named the request before', async () => {
      const rewrite = (headers: RequestHeaders): void => headers.set('x-request-id', 'its-own')
      const named = framework.includes('Fastify') ? 'request-1' : 'its-own'
      expect((await answer(rewrite, [])).body).toContain(`"correlation_id":"${named}"`)
    })
  })
}
