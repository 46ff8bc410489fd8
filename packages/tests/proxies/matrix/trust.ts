import { randomUUID } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { call, expectAccepted, expectRefused, publicUrl } from './support/call.js'
import { send } from './support/client.js'
import type { Header, Incoming } from './support/client.js'
import { DOCUMENTED, HOST, INNER, UNTRUSTED } from './support/fronts.js'
import type { Variant } from './support/fronts.js'
import { API_NAMES } from './support/programs.js'
import type { ApiName } from './support/programs.js'
import type { Stage } from './support/stage.js'

const CLAIMED = `https://${HOST}/api/private`

const FORGED: readonly (readonly Header[])[] = [
  [
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Host', HOST],
    ['X-Forwarded-Proto', 'https'],
  ],
  [['Forwarded', `for=127.0.0.1;host=${HOST};proto=https`]],
]

/** To an API or an inner proxy, from an address that is nobody's proxy. */
async function directly(stage: Stage, origin: string, proofFor: string, headers: readonly Header[]): Promise<Incoming> {
  const { authorization, dpop } = await stage.wallet.credentials('GET', proofFor)
  const own: Header[] = [
    ['Authorization', authorization],
    ['DPoP', dpop],
    ['X-Request-Id', randomUUID()],
  ]
  return send({ method: 'GET', url: `${origin}/api/private`, headers: [...own, ...headers], ca: stage.ca })
}

/** Who may say how a client addressed the API: trusted proxies, and nobody else. */
export function describeTrust(running: () => Stage): void {
  describe.each(['trusting', 'untrusting'] satisfies Variant[])('around the proxy, to an API that is %s', (variant) => {
    it.each(API_NAMES)('forged headers count for nothing: %s', async (api: ApiName) => {
      const origin = running().origin(api, variant)
      for (const headers of FORGED) {
        expectRefused(await directly(running(), origin, CLAIMED, headers), 'DPOP_6009')
        expectAccepted(await directly(running(), origin, `${origin}/api/private`, headers))
      }
    })
  })

  describe.each(INNER)('around the outer proxy, to $name', (front) => {
    it.each(API_NAMES)('nobody comes in: %s', async (api) => {
      const origin = `http://127.0.0.1:${running().port(front, api)}`
      for (const headers of [[], ...FORGED]) {
        const { status } = await directly(running(), origin, CLAIMED, headers)
        expect(status).toBe(403)
      }
    })
  })

  describe.each(UNTRUSTED)('$name', (front) => {
    it.each(API_NAMES)('is not believed, and the event says why: %s', async (api) => {
      const answer = await call(running(), { front, api })
      expectRefused(answer, 'DPOP_6009')
      const detail = await running().detail(api, 'untrusting', answer.correlationId)
      expect(detail).toContain('scheme')
      expect(detail).toContain('127.0.0.1')
      expect(detail).toContain('trust')
    })
  })

  it.each(API_NAMES)('the event says which part of the URL differs: %s', async (api) => {
    for (const front of DOCUMENTED) {
      const url = publicUrl(running(), front, api)
      const answer = await call(running(), { front, api, proofFor: url.replace('private', 'profile') })
      const detail = await running().detail(api, 'trusting', answer.correlationId)
      expect(detail).toContain('path')
      expect(detail).toContain(`${front.prefix}/api/profile`)
      expect(detail).toContain(`${front.prefix}/api/private`)
    }
  })
}
