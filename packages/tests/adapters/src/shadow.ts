import type { AuthEvent, DecisionEvent, ResourceServer, ShadowOptions } from '@acme/auth-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, lacksScope, send } from './support.js'
import type { Header, World } from './support.js'

/**
 * A server of the framework. On its route `/` any valid token passes; on `/items/:id` it needs the scope `read`, and
 * `write` is tried.
 */
export interface ShadowServer {
  readonly options: World['options'] & {
    readonly onEvent: (event: AuthEvent) => void
    readonly shadow?: ShadowOptions
  }
}

/** Where it listens, and what it says to its operator. */
export interface StartedShadowServer {
  readonly port: number
  readonly resourceServer: Pick<ResourceServer, 'shadowReport'>
}

/** Settings that are tried change no answer, and events and the report tell what they would refuse. */
export function describeShadow(framework: string, serve: (server: ShadowServer) => Promise<StartedShadowServer>): void {
  describe(`settings that are tried, on ${framework}`, () => {
    let world: World
    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(() => world.issuer.close())

    async function started(
      shadow?: ShadowOptions,
    ): Promise<StartedShadowServer & { readonly decisions: DecisionEvent[] }> {
      const decisions: DecisionEvent[] = []
      const onEvent = (event: AuthEvent): void => void (event.type === 'decision' && decisions.push(event))
      const options = { ...world.options, onEvent, ...(shadow !== undefined && { shadow }) }
      return { ...(await serve({ options })), decisions }
    }

    it('answers are the same to the byte, and the event tells', async () => {
      const [plain, tried] = [await started(), await started({ dpop: 'required', audience: 'https://new.test/' })]
      const requests: readonly (readonly [Header[], string | undefined])[] = [
        [await world.bearer(), 'dpop_required'],
        [await world.bearer({ expiresIn: -60 }), undefined],
        [[], undefined],
      ]
      for (const [headers, reason] of requests) {
        expect(await send(tried.port, '/', headers)).toEqual(await send(plain.port, '/', headers))
        expect(plain.decisions.at(-1)?.shadow).toBe(undefined)
        expect(tried.decisions.at(-1)?.shadow?.reason).toBe(reason)
      }
      expect(tried.decisions.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'refused'])
    })

    it('a proof is used once', async () => {
      const { port, decisions } = await started({ dpop: { mode: 'required', proofMaxAge: 300 }, audience: 'x' })
      const headers = await world.dpop(`http://127.0.0.1:${port}/`)
      expect((await send(port, '/', headers)).status).toBe(200)
      expect((await send(port, '/', headers)).status).toBe(400)
      expect(decisions.map(({ reason, shadow }) => [reason, shadow?.reason])).toEqual([
        [undefined, 'token_invalid'],
        ['proof_replayed', undefined],
      ])
    })

    it('requirements of one route, without the option, are reported with it', async () => {
      const { port, decisions, resourceServer } = await started()
      expect(await send(port, '/items/1', await world.bearer())).toEqual(lacksScope('read'))
      expect((await send(port, '/items/1', await world.bearer({ scope: 'read' }))).status).toBe(200)
      expect((await send(port, '/items/2', await world.bearer({ scope: 'read' }))).status).toBe(200)
      expect((await send(port, '/items/2', await world.bearer({ scope: 'read write' }))).status).toBe(200)
      expect(decisions.map(({ shadow }) => shadow?.detail)).toEqual([
        undefined,
        'lacks write',
        'lacks write',
        undefined,
      ])
      expect(resourceServer.shadowReport()).toMatchObject({
        decided: 3,
        refused: 2,
        rows: [{ reason: 'scope_missing', clientId: 'client-1', count: 2, detail: 'lacks write' }],
      })
    })
  })
}
