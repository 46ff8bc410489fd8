import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createResourceServer } from '../../src/resource-server.js'
import type { AuthEvent } from '../../src/outcome/events.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import { AUDIENCE, bearer, createWorld, verdict } from '../support.js'

// Another name of this machine that is no loopback host: it stands for a service in a cluster network.
const CLUSTER = '0.0.0.0'

let issuer: ListeningTestIssuer
let port: string
const events: AuthEvent[] = []

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: AUDIENCE, algorithm: 'ES256' })
  ;({ port } = new URL(issuer.issuer))
})
afterAll(() => issuer.close())
beforeEach(() => {
  issuer.fail('all', undefined)
  issuer.resetCounts()
  events.length = 0
})

async function send(options: Omit<AuthOptions, 'audience'>): Promise<string> {
  const server = createResourceServer({ audience: AUDIENCE, onEvent: (event) => events.push(event), ...options })
  return verdict(await server.authenticate(bearer(await issuer.accessToken())))
}

function warnings(): AuthEvent[] {
  return events.filter(({ type }) => type === 'warning')
}

describe('keys on a host without TLS', () => {
  it('are fetched where the operator lists it, with a warning', async () => {
    const one = { issuer: issuer.issuer, jwksUri: issuer.jwksUri.replace('127.0.0.1', CLUSTER) }
    expect(await send({ issuers: [{ ...one, insecureHosts: [`${CLUSTER}:${port}`] }] })).toBe('accepted')
    expect(warnings()).toEqual([
      {
        type: 'warning',
        code: 'insecure_hosts',
        detail: expect.stringContaining(`http is permitted to ${CLUSTER}:${port} for the keys of ${issuer.issuer}`),
      },
    ])
  })

  it.each([
    [[`${CLUSTER}:1`], '503 issuer_unavailable', 0],
    [[`${CLUSTER}:PORT`], 'accepted', 1],
  ])('that metadata name, likewise: %j', async (hosts, expected, fetches) => {
    const jwksUri = issuer.jwksUri.replace('127.0.0.1', CLUSTER)
    issuer.fail('metadata', { body: JSON.stringify({ issuer: issuer.issuer, jwks_uri: jwksUri }) })
    const insecureHosts = hosts.map((host) => host.replace('PORT', port))
    expect(await send({ issuers: [{ issuer: issuer.issuer, insecureHosts }] })).toBe(expected)
    expect(issuer.count('keys')).toBe(fetches)
  })

  it('warn the process where there is no hook', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      createResourceServer({
        audience: AUDIENCE,
        issuers: [{ issuer: 'http://keycloak:8080/', insecureHosts: ['keycloak:8080'] }],
      })
      expect(emitWarning.mock.calls).toEqual([
        [expect.stringContaining('keycloak:8080'), { type: 'AuthWarning', code: 'insecure_hosts' }],
      ])
    } finally {
      emitWarning.mockRestore()
    }
  })

  it('warn once, where a function answers with them', async () => {
    const insecureHosts = [`${CLUSTER}:${port}`]
    const jwksUri = issuer.jwksUri.replace('127.0.0.1', CLUSTER)
    const issuers = (name: string): object => ({ issuer: name, jwksUri, insecureHosts })
    const server = createResourceServer({ audience: AUDIENCE, issuers, onEvent: (event) => events.push(event) })
    for (let time = 0; time < 3; time++) {
      expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
      server.invalidate()
    }
    expect(warnings()).toHaveLength(1)
  })

  it('warn once of those of the first issuer that has some, where a function answers', async () => {
    const world = await createWorld()
    const issuers = (name: string): object => ({
      issuer: name,
      ...(name !== world.issuer.issuer && { insecureHosts: [`${name.length}.cluster:80`] }),
    })
    const server = world.serve({ issuers })
    for (const iss of [world.issuer.issuer, 'https://one.test/', 'https://other.test/'])
      await server.authenticate(bearer(await world.issuer.accessToken({ claims: { iss } })))
    expect(world.warnings.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('http is permitted to 17.cluster for the keys of https://one.test/'),
    ])
  })

  it('are not warned of where all is https', async () => {
    await send({ issuers: [issuer.issuer] })
    expect(warnings()).toEqual([])
  })
})

it('an https issuer cannot send this process to a server of its own machine', async () => {
  const hits: unknown[] = []
  const victim = createServer((request, response) => {
    hits.push(request.url)
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => victim.once('listening', resolve))
  const { port: own } = victim.address() as AddressInfo // listens on TCP
  const world = await createWorld()
  const jwksUri = `http://127.0.0.1:${own}/shutdown?now=1`
  world.issuer.fail('metadata', { body: JSON.stringify({ issuer: world.issuer.issuer, jwks_uri: jwksUri }) })
  // The issuer in process, and whatever else over the network.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : input.toString()
    return url.startsWith(world.issuer.issuer) ? world.issuer.fetch(input, init) : globalThis.fetch(input, init)
  }
  const server = world.serve({ fetch })
  expect(verdict(await server.authenticate(bearer(await world.issuer.accessToken())))).toBe('503 issuer_unavailable')
  expect(hits).toEqual([])
  await new Promise((resolve) => victim.close(resolve))
})

it('an unusable key beside a good one is named in the event, with its reason', async () => {
  const small = await createTestKey('RS256', { kid: 'k1', modulusLength: 1024 })
  const world = await createWorld()
  world.issuer.addKey(small)
  world.issuer.publish({ ...world.issuer.signingKey.publicJwk, kid: 'encryption', use: 'enc' })
  await world.server.preload()
  expect(world.keysEvents).toMatchObject([
    { transition: 'fetched', keys: 3, detail: 'key "k1" is unusable: has 1024 bits' },
  ])
})
