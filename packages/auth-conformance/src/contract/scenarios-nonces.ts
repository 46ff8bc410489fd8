import { deepStrictEqual, notStrictEqual } from 'node:assert/strict'

import { createProof, createTestKey } from '@acme/auth-testing'
import type { ListeningTestIssuer, ProofOptions, TestKey } from '@acme/auth-testing'

import { asDpopUser } from './case.js'
import type { ContractDpopOptions } from './contract.js'
import { expectedAnswer, seenAnswer, withNonce } from './expectations.js'
import type { Expected } from './expectations.js'
import { sendRaw } from './raw-http.js'
import type { RawResponse } from './raw-http.js'
import { nonceRequired, staleNonce } from './refusals.js'
import type { ContractScenario } from './scenario.js'
import { eventually } from '../eventually.js'
import type { ProtectedApi } from './protected-api.js'
import type { ScenarioFixture } from './scenario-fixture.js'
import { handedOut } from './client.js'
import { createNonceSecret } from './fixture.js'

const HOUR = 3600

/** A client with a key and a token that is bound to it. */
class DpopClient {
  readonly #key: TestKey
  readonly #token: string

  private constructor(key: TestKey, token: string) {
    this.#key = key
    this.#token = token
  }

  static async create(issuer: ListeningTestIssuer): Promise<DpopClient> {
    const key = await createTestKey('ES256')
    return new DpopClient(key, await issuer.accessToken({ jkt: key.thumbprint }))
  }

  async send(api: ProtectedApi, proof: Partial<ProofOptions> = {}): Promise<RawResponse> {
    const host = `127.0.0.1:${api.port}`
    const defaults = { key: this.#key, url: `http://${host}/any`, accessToken: this.#token }
    const headers = [
      ['Host', host],
      ['Authorization', `DPoP ${this.#token}`],
      ['DPoP', await createProof({ ...defaults, ...proof })],
    ] as const
    return sendRaw(api.port, { method: 'GET', target: '/any', headers })
  }

  /** The answer to a proof must be this one. */
  async gets(api: ProtectedApi, expected: Expected, proof: Partial<ProofOptions>): Promise<void> {
    deepStrictEqual(seenAnswer(await this.send(api, proof)), expectedAnswer(expected))
  }

  /** A nonce that the server hands out. */
  async nonce(api: ProtectedApi): Promise<string> {
    return handedOut(await this.send(api))
  }
}

type Nonce = NonNullable<ContractDpopOptions['nonce']>

interface NonceFixture {
  readonly client: DpopClient
  /** Starts a replica with these nonces. */
  readonly replica: (nonce: Nonce) => Promise<ProtectedApi>
}

function scenario(name: string, steps: (fixture: NonceFixture) => Promise<void>): ContractScenario {
  const run = async (fixture: ScenarioFixture): Promise<void> => {
    const issuer = await fixture.startIssuer()
    await steps({
      client: await DpopClient.create(issuer),
      replica: (nonce) => fixture.startServer(issuer, {}, { nonce }),
    })
  }
  return { name, exclusive: false, run }
}

const [SECRET, OTHER] = [createNonceSecret(), createNonceSecret()]

/** A client whose clock is this many seconds off reads the challenge and comes again. */
function wrongClock(name: string, mode: 'required' | 'heal', off: number): ContractScenario {
  return scenario(`a clock that is ${name} gets through in two round trips: ${mode}`, async ({ client, replica }) => {
    const api = await replica({ secret: SECRET, mode })
    const proof = (): Partial<ProofOptions> => ({ now: Date.now() / 1000 + off })
    const challenge = await client.send(api, proof())
    deepStrictEqual(seenAnswer(challenge), expectedAnswer(nonceRequired()))
    const nonce = handedOut(challenge)
    await client.gets(api, asDpopUser, { ...proof(), nonce })
    // The clock of the client no longer matters.
    await client.gets(api, asDpopUser, { ...proof(), nonce })
  })
}

function newNonce({ headers }: RawResponse): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'dpop-nonce')?.[1]
}

/** Nonces over time and over several servers: RFC 9449 §8.2 and §9. */
export const nonceScenarios: readonly ContractScenario[] = [
  wrongClock('an hour slow', 'heal', -HOUR),
  wrongClock('an hour fast', 'heal', HOUR),
  wrongClock('an hour slow', 'required', -HOUR),
  wrongClock('an hour fast', 'required', HOUR),

  scenario('a nonce of one replica is good on another', async ({ client, replica }) => {
    const [first, second] = [await replica({ secret: SECRET }), await replica({ secret: SECRET, mode: 'heal' })]
    await client.gets(second, asDpopUser, { nonce: await client.nonce(first) })
  }),

  scenario('a nonce of another secret is stale', async ({ client, replica }) => {
    const [first, second] = [await replica({ secret: SECRET }), await replica({ secret: OTHER })]
    const nonce = await client.nonce(first)
    await client.gets(second, staleNonce(), { nonce })
    await client.gets(first, asDpopUser, { nonce })
  }),

  scenario('secrets are rotated with overlap', async ({ client, replica }) => {
    const old = await replica({ secret: OTHER })
    const prepared = await replica({ secret: [OTHER, SECRET] })
    const switched = await replica({ secret: [SECRET, OTHER] })
    const done = await replica({ secret: [SECRET] })
    const [before, after] = [await client.nonce(prepared), await client.nonce(switched)]
    for (const api of [old, prepared, switched]) await client.gets(api, asDpopUser, { nonce: before })
    for (const api of [prepared, switched, done]) await client.gets(api, asDpopUser, { nonce: after })
    // The old secret is removed: whoever still has a nonce of it gets a new one.
    await client.gets(done, staleNonce(), { nonce: before })
    await client.gets(old, staleNonce(), { nonce: after })
    await client.gets(done, asDpopUser, { nonce: await client.nonce(done) })
  }),

  scenario('a nonce expires, and the next one is good', async ({ client, replica }) => {
    const api = await replica({ secret: SECRET, maxAge: 2 })
    let nonce = ''
    await eventually('a nonce is good', async () => {
      nonce = await client.nonce(api)
      return (await client.send(api, { nonce })).status === 200
    })
    await eventually('the nonce expires', async () => (await client.send(api, { nonce })).status !== 200)
    await client.gets(api, staleNonce(), { nonce })
    await eventually('the next is good', async () => {
      return (await client.send(api, { nonce: await client.nonce(api) })).status === 200
    })
  }),

  scenario('a nonce is exchanged before it expires', async ({ client, replica }) => {
    const api = await replica({ secret: SECRET, maxAge: 4 })
    let nonce = await client.nonce(api)
    await eventually('a success brings a nonce', async () => {
      const response = await client.send(api, { nonce })
      const next = newNonce(response)
      if (next === undefined) return false
      notStrictEqual(next, nonce)
      nonce = next
      if (response.status !== 200) return false
      deepStrictEqual(seenAnswer(response), expectedAnswer(withNonce(asDpopUser)))
      return true
    })
    await eventually('it is good', async () => (await client.send(api, { nonce })).status === 200)
  }),
]
