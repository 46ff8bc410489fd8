import { describe, expect, it } from 'vitest'

import { call, expectAccepted, expectRefused, publicUrl } from './support/call.js'
import type { Call } from './support/call.js'
import { ADDING, APPENDING, MISTAKEN } from './support/fronts.js'
import type { Front } from './support/fronts.js'
import { MISTAKES } from './support/mistakes.js'
import type { Mistake } from './support/mistakes.js'
import { API_NAMES } from './support/programs.js'
import type { ApiName } from './support/programs.js'
import type { Stage } from './support/stage.js'

const EVIL = 'evil.example.com'
const PROOF_FOR = `https://${EVIL}/api/private`

/** How a client makes use of it. */
function attack(stage: Stage, front: Front, api: ApiName, by: Mistake['by']): Call {
  const common = { front, api, proofFor: PROOF_FOR }
  if (by === 'X-Forwarded-Host') {
    return {
      ...common,
      headers: [
        ['X-Forwarded-Host', EVIL],
        ['X-Forwarded-Proto', 'https'],
      ],
    }
  }
  if (by === 'Forwarded') return { ...common, headers: [['Forwarded', `host=${EVIL};proto=https`]] }
  if (by === 'Host') {
    const host = `${EVIL}:${stage.port(front, api)}`
    return { ...common, host, proofFor: `https://${host}/api/private` }
  }
  return { ...common, target: publicUrl(stage, front, api), host: EVIL }
}

/** What the guide warns of. Each is true: else the warning could go. */
export function describeMistakes(running: () => Stage): void {
  describe.each(MISTAKES)('a mistake: $name', ({ name, by }) => {
    const [open, strict] = MISTAKEN.filter((front) => front.name.startsWith(`${name}, `))
    if (open === undefined || strict === undefined) throw new Error(name)

    it.each(API_NAMES)('the client says where it was: %s', async (api) => {
      expectAccepted(await call(running(), attack(running(), open, api, by)))
    })

    it.each(API_NAMES)('publicOrigins does not let it: %s', async (api) => {
      expectRefused(await call(running(), attack(running(), strict, api, by)), 'VAL_2007')
    })
  })

  it.each(API_NAMES)('a prefix that the proxy leaves to clients is none of publicOrigins: %s', async (api) => {
    const front = MISTAKEN.find(({ name }) => name === 'HAProxy: option forwardfor alone, strict')
    if (front === undefined) throw new Error('no such front')
    const proofFor = publicUrl(running(), front, api).replace('/api/', '/other/api/')
    const headers = [['X-Forwarded-Prefix', '/other']] as const
    expectAccepted(await call(running(), { front, api, headers, proofFor }))
  })

  describe.each(ADDING)('$name', (front) => {
    it.each(API_NAMES)(
      'a proof for the URL that the client addressed is refused, and the event says why: %s',
      async (api) => {
        const answer = await call(running(), { front, api, path: '/private' })
        expectRefused(answer, 'DPOP_6009')
        const detail = await running().detail(api, 'trusting', answer.correlationId)
        expect(detail).toContain('path')
        expect(detail).toContain('"/private"')
        expect(detail).toContain('"/api/private"')
      },
    )
  })

  describe.each(APPENDING)('$name', (front) => {
    it.each(API_NAMES)('the entry of the trusted hop counts: %s', async (api) => {
      const headers = [
        ['X-Forwarded-Host', EVIL],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-For', '127.0.0.1'],
      ] as const
      expectRefused(await call(running(), { front, api, headers, proofFor: PROOF_FOR }), 'DPOP_6009')
      expectAccepted(await call(running(), { front, api, headers }))
      expectAccepted(await call(running(), { front, api }))
    })
  })
}
