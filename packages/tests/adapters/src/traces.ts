import type { ResourceServer, Trace } from '@acme/auth-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, expired, lacksScope, send } from './support.js'
import type { Answer, World } from './support.js'

/**
 * A server of the framework. On its route `/` any valid token passes. `/internal/traces/:id`, and `/internal/traces` without
 * the parameter, serve traces to tokens with `read:traces`; `/open/:id` does without a guard, by mistake.
 */
export interface TraceServer {
  readonly options: World['options'] & { readonly traces: true }
}

/** Where it listens, and what it says to its operator. */
export interface StartedTraceServer {
  readonly port: number
  readonly resourceServer: Pick<ResourceServer, 'trace' | 'traces'>
}

const ID = 'request-1'

/** Operators read why a request was refused, the same bytes on each framework. */
export function describeTraces(framework: string, serve: (server: TraceServer) => Promise<StartedTraceServer>): void {
  describe(`traces of refused requests, on ${framework}`, () => {
    let world: World
    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(() => world.issuer.close())

    const start = (): Promise<StartedTraceServer> => serve({ options: { ...world.options, traces: true } })

    it('the id of a refusal is that of its trace', async () => {
      const { port, resourceServer } = await start()
      expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
      const operator = await world.bearer({ scope: 'read:traces' })
      const answer = await send(port, `/internal/traces/${ID}`, operator)
      const trace = JSON.parse(answer.body) as Trace // as is compared below
      expect(answer).toEqual(json(200, await resourceServer.trace(ID)))
      expect(trace).toMatchObject({ correlationId: ID, method: 'GET', path: '/', reason: 'token_expired' })
      expect(trace.checks.find(({ outcome }) => outcome === 'failed')?.check).toBe('expiry')
    })

    it('an unknown id is not found, and without one the latest are listed', async () => {
      const { port, resourceServer } = await start()
      await send(port, '/')
      const operator = await world.bearer({ scope: 'read:traces' })
      expect(await send(port, '/internal/traces/other', operator)).toEqual(json(404, { error: 'not_found' }))
      const [{ checks: _, ...summary } = {} as Partial<Trace>] = resourceServer.traces() // none would not be equal
      expect(await send(port, '/internal/traces', operator)).toEqual(json(200, { traces: [summary] }))
    })

    it('nobody else reads them, and nobody on a route without a guard', async () => {
      const { port } = await start()
      expect(await send(port, `/internal/traces/${ID}`, await world.bearer())).toEqual(lacksScope('read:traces'))
      const { status, body } = await send(port, `/open/${ID}`, await world.bearer())
      expect(status).toBe(500)
      expect(body).not.toContain('checks')
    })
  })
}

function json(status: number, value: unknown): Answer {
  // As bytes, one character each, which is how they are read.
  const body = Buffer.from(JSON.stringify(value)).toString('latin1')
  const headers = [
    'cache-control: no-store',
    `content-length: ${body.length}`,
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
  ]
  return { status, headers, body }
}
