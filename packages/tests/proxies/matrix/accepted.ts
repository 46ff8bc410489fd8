import { describe, expect, it } from 'vitest'

import { call, expectAccepted, expectRefused, publicUrl } from './support/call.js'
import { sendHttp2 } from './support/client.js'
import { ADDRESSED, DOCUMENTED, PUBLISHED } from './support/fronts.js'
import { API_NAMES } from './support/programs.js'
import type { Stage } from './support/stage.js'

/** A client that does nothing wrong is accepted, and a proof for anything else is not. */
export function describeAccepted(running: () => Stage): void {
  describe.each([...DOCUMENTED, ...PUBLISHED, ...ADDRESSED])('$name', (front) => {
    const ipv6 = front.host === '[::1]'

    describe.each(API_NAMES)('%s', (api) => {
      it('accepts a proof for the URL that the client addressed', async () => {
        expectAccepted(await call(running(), { front, api, ipv6 }))
      })

      it('accepts it over HTTP/2', async () => {
        expectAccepted(await call(running(), { front, api, ipv6, by: sendHttp2 }))
      })

      it('accepts it over IPv6', async () => {
        expectAccepted(await call(running(), { front, api, ipv6: true }))
      })

      it('accepts a path with escapes, and a query', async () => {
        const path = '/api/resource/a%40b%2Fc%20%C3%A9%7Cd?x=%2F'
        const { status, body } = await call(running(), { front, api, ipv6, method: 'DELETE', path })
        expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: { deleted: 'a@b/c é|d' } })
      })

      it.each([
        ['the scheme behind the proxy', (url: string) => url.replace('https:', 'http:')],
        ['another port', (url: string) => url.replace(/^(https:\/\/.*?)(?::\d+)?\//, '$1:4443/')],
        ['another prefix', (url: string) => url.replace('/api/', '/v2/api/')],
        ['another path', (url: string) => url.replace('private', 'profile')],
      ])('refuses a proof for %s', async (_, other) => {
        const proofFor = other(publicUrl(running(), front, api))
        expect(proofFor).not.toBe(publicUrl(running(), front, api))
        expectRefused(await call(running(), { front, api, ipv6, proofFor }), 'DPOP_6009')
      })

      it('refuses a proof for the URL behind the proxy', async () => {
        const variant = ipv6 ? 'strict' : 'trusting'
        const proofFor = `${running().origin(api, variant)}/api/private`
        expectRefused(await call(running(), { front, api, ipv6, proofFor }), 'DPOP_6009')
      })
    })
  })

  describe.each(DOCUMENTED.filter(({ prefix }) => prefix !== ''))('$name', (front) => {
    it.each(API_NAMES)('refuses a proof for the path without the prefix: %s', async (api) => {
      const proofFor = publicUrl(running(), front, api).replace(front.prefix, '')
      expectRefused(await call(running(), { front, api, proofFor }), 'DPOP_6009')
    })
  })
}
