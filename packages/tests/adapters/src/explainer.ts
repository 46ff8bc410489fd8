import type { AuthEvent } from '@acme/auth-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, forAnotherUrl, send } from './support.js'
import type { Header, World } from './support.js'

/** A server of the framework, on whose route `/` any valid token passes. */
export interface ExplainerServer {
  readonly options: World['options'] & { readonly onEvent: (event: AuthEvent) => void }
  /** What the framework's own setting says: every proxy, or none. */
  readonly trustProxy: boolean
}

const forwarded: readonly Header[] = [
  ['Host', 'api.example.com'],
  ['X-Forwarded-Proto', 'https'],
]

/** Events name the framework's own setting for proxies, in its own words; answers do not. */
export function describeExplainer(
  framework: string,
  setting: string,
  serve: (server: ExplainerServer) => Promise<number>,
): void {
  describe(`a proof for another URL, on ${framework}`, () => {
    let world: World
    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(() => world.issuer.close())

    async function started(trustProxy: boolean): Promise<{ readonly events: AuthEvent[]; readonly port: number }> {
      const events: AuthEvent[] = []
      const onEvent = (event: AuthEvent): void => void events.push(event)
      return { events, port: await serve({ options: { ...world.options, onEvent }, trustProxy }) }
    }

    it('the event names the setting, the answer does not', async () => {
      const { events, port } = await started(false)
      expect(await send(port, '/', [...forwarded, ...(await world.dpop('https://api.example.com/'))])).toEqual(
        forAnotherUrl,
      )
      expect(events.filter(({ type }) => type !== 'keys')).toMatchObject([
        {
          type: 'decision',
          correlationId: 'request-1',
          detail: `htu says scheme https, computed http from the connection; X-Forwarded-Proto says "https", but the peer "127.0.0.1" is not trusted: if it is your proxy, trust it with ${setting}`,
        },
      ])
    })

    it('one warning names it, when every proxy is trusted', async () => {
      const { events, port } = await started(true)
      for (let sent = 0; sent < 2; sent++) {
        const headers = [...forwarded, ...(await world.dpop('https://api.example.com/'))]
        expect((await send(port, '/', headers)).status).toBe(200)
      }
      expect(events.filter(({ type }) => type === 'warning')).toEqual([
        {
          type: 'warning',
          code: 'every_proxy_trusted',
          detail: `every proxy is trusted by ${setting} and publicOrigins is not set: any client can say which URL it addressed. Name the proxies, or set publicOrigins`,
        },
      ])
    })
  })
}
