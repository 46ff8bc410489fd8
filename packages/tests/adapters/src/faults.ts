import type { AuthOptions, RequirementArguments, ResourceServer } from '@acme/auth-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, expired, send } from './support.js'
import type { Header, World } from './support.js'
import { failures, thrownValues } from './thrown-values.js'

/** A server of the framework, on whose route `/` the guard stands before the handler. */
export interface FaultServer {
  readonly options: AuthOptions
  readonly wanted: RequirementArguments
  /** The framework's own setting of trusted proxies. */
  readonly trustProxy: (address: string, hop: number) => boolean
  /** Called with the resource server, before it is asked. */
  readonly replace: (resourceServer: ResourceServer) => void
  /** The handler of the route, and of whatever the request may reach behind it. */
  readonly handler: () => string
}

/** Has a function of the application called, which fails. */
interface FaultCase {
  readonly name: string
  readonly server: (world: World, fail: () => never) => Partial<FaultServer>
  readonly headers: (world: World) => Promise<readonly Header[]>
  /** Whether the function may be async. One that may not be has not said `true`, which refuses. */
  readonly async: 'fault' | 'refusal'
  /** A failure is remembered for a while, so that each value needs a resource server of its own. */
  readonly remembered?: true
}

const HOST: Header = ['Host', 'api.example.com']
const dpop = async (world: World): Promise<Header[]> => [HOST, ...(await world.dpop('http://api.example.com/'))]
const bearer = (world: World): Promise<Header[]> => world.bearer()

const cases: readonly FaultCase[] = [
  {
    name: 'the issuers function',
    server: ({ options: { audience } }, fail) => ({ options: { audience, issuers: fail } }),
    headers: bearer,
    async: 'fault',
  },
  {
    name: 'a claims predicate',
    server: (_world, fail) => ({ wanted: [{ claims: { sub: fail } }] }),
    headers: bearer,
    async: 'refusal',
  },
  {
    name: 'reserve of the replay store',
    server: ({ options }, fail) => ({ options: { ...options, dpop: { replay: { reserve: fail } } } }),
    headers: dpop,
    async: 'fault',
  },
  {
    name: 'fetch',
    server: ({ options }, fail) => ({ options: { ...options, fetch: fail } }),
    headers: bearer,
    async: 'fault',
    remembered: true,
  },
  {
    name: 'the trust function',
    server: (_world, fail) => ({ trustProxy: fail }),
    // Good for whoever may say which URL was addressed.
    headers: async (world) => [
      ['Host', 'internal.test'],
      ['X-Forwarded-Host', 'api.example.com'],
      ...(await world.dpop('http://api.example.com/')),
    ],
    async: 'refusal',
  },
  {
    name: 'the resource server itself',
    server: (_world, fail) => ({
      replace: (resourceServer) => {
        resourceServer.authenticate = fail
      },
    }),
    headers: bearer,
    async: 'fault',
  },
]

/** What of an answer tells a fault from a pass, and from a refusal. */
interface Seen {
  readonly kind: 'pass' | 'refusal' | 'fault' | 'other'
  /** How often a handler ran. */
  readonly ran: number
  /** A challenge, or a header that a thrown value had in it. */
  readonly leaked: readonly string[]
}

/** Nothing passes, nothing hangs, and the client is not told that it was at fault. */
export function describeFaults(framework: string, serve: (server: FaultServer) => Promise<number>): void {
  describe(`a function of the application that fails, on ${framework}`, () => {
    let world: World
    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(() => world.issuer.close())

    /** Sends a request for each value that the function fails with. */
    async function seenOf(
      { server, headers, remembered }: FaultCase,
      fail: (value: unknown) => never,
    ): Promise<Record<string, Seen>> {
      let thrown: unknown
      let ran = 0
      const { options } = world
      const none = { options, wanted: [], trustProxy: () => false, replace: () => undefined } as const
      const counted = { ...none, ...server(world, () => fail(thrown)), handler: () => `ran ${++ran}` }
      let port = await serve(counted)
      const seen: Record<string, Seen> = {}
      for (const [name, value] of thrownValues) {
        thrown = value
        ran = 0
        const { status, headers: sent } = await send(port, '/', await headers(world))
        const leaked = sent.filter((header) => /^(www-authenticate|x-done)/.test(header))
        seen[name] = { kind: kindOf(status), ran, leaked: kindOf(status) === 'refusal' ? [] : leaked }
        if (remembered) port = await serve(counted)
      }
      return seen
    }

    for (const one of cases) {
      it.each(failures)(`${one.name} %s`, async (how, fail) => {
        const kind = how === 'rejects' ? one.async : 'fault'
        const wanted = thrownValues.map(([name]) => [name, { kind, ran: 0, leaked: [] }])
        expect(await seenOf(one, fail)).toEqual(Object.fromEntries(wanted))
      })
    }

    it.each(failures)('the event hook %s, which changes no decision', async (_how, fail) => {
      let thrown: unknown
      const handler = (): string => 'passed'
      const options = { ...world.options, onEvent: () => fail(thrown) }
      const port = await serve({ options, wanted: [], trustProxy: () => false, replace: () => undefined, handler })
      for (const [, value] of thrownValues) {
        thrown = value
        expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
        expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'passed' })
      }
    })
  })
}

function kindOf(status: number): Seen['kind'] {
  if (status >= 500) return 'fault'
  if (status === 400 || status === 403) return 'refusal'
  return status < 300 ? 'pass' : 'other'
}
