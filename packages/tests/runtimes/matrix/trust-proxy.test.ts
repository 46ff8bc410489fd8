import { ContractClient, createContractFixture, sendRaw } from '@acme/auth-conformance'
import type { ContractConfiguration, ContractFixture, RawResponse, StartContractServer } from '@acme/auth-conformance'
import type { TrustProxy } from '@acme/auth-hono'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { startBun, startDeno, startWorkerd } from './start.js'

let fixture: ContractFixture
beforeAll(async () => {
  fixture = await createContractFixture()
})
afterAll(() => fixture.close())

const PUBLIC = 'https://api.example.com/any'

/** What a server that trusts these proxies answers to a request of one on 127.0.0.1. */
async function behindProxy(start: StartContractServer, trustProxy: TrustProxy): Promise<RawResponse> {
  const options = { issuer: fixture.issuer.issuer, audience: fixture.issuer.audience }
  const routes = [{ path: '/any', guard: 'route', wanted: [], mountedAt: undefined }] as const
  const configuration = { options, trustProxy, routes } as unknown as ContractConfiguration // of more than the contract's two settings
  const { port, close } = await start(configuration)
  onTestFinished(close)
  const client = new ContractClient(fixture, port)
  const request = client.request('/any', [
    ...(await client.dpopHeaders('/any', { url: PUBLIC })),
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'evil.example.com, api.example.com'],
  ])
  return sendRaw(port, request)
}

const accepted = { status: 200 }
const refused = { status: 400, body: expect.stringContaining('"code":"DPOP_6009"') as string } // matches text

describe.each([
  ['Bun', startBun],
  ['Deno', startDeno],
])('%s tells the peer', (_name, start) => {
  it.each<[TrustProxy, object]>([
    ['127.0.0.1', accepted],
    ['loopback, 10.0.0.0/8', accepted],
    [1, accepted],
    ['10.0.0.0/8', refused],
    ['203.0.113.9', refused],
    [0, refused],
    [false, refused],
  ])('trustProxy %o', async (trustProxy, answer) => {
    expect(await behindProxy(start, trustProxy)).toMatchObject(answer)
  })
})

describe('workerd does not tell the peer', () => {
  it.each<[TrustProxy, object]>([
    [1, accepted],
    ['127.0.0.1', refused],
    ['0.0.0.0/0', refused],
    [0, refused],
    [false, refused],
  ])('trustProxy %o', async (trustProxy, answer) => {
    expect(await behindProxy(startWorkerd, trustProxy)).toMatchObject(answer)
  })
})
