import { callerBody } from './bodies.js'
import type { SampleCase } from './cases.js'
import type { Credentials, SuiteTools } from './credentials.js'
import { runCase } from './run-case.js'
import { refused } from './variants.js'
import type { SuiteTest } from './suite-test.js'

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'api.example.com',
  'x-forwarded-prefix': '/v1',
}
const publicUrl: Credentials = { scheme: 'DPoP', token: {}, proof: { url: 'https://api.example.com/v1/api/private' } }
const ownUrl: Credentials = { scheme: 'DPoP', token: {} }
const route = { method: 'GET', path: '/api/private' }
const good = { status: 200, body: callerBody }

const anotherUrl = refused(400, 'invalid_dpop_proof', 'DPOP_6009')

const behindProxy: readonly SampleCase[] = [
  { name: 'trusted proxy: a proof for the public URL', ...route, headers: forwarded, credentials: publicUrl, ...good },
  {
    name: 'trusted proxy: a proof for the inner URL',
    ...route,
    headers: forwarded,
    credentials: ownUrl,
    ...anotherUrl,
  },
  {
    name: 'trusted proxy: an origin that is not public',
    ...route,
    credentials: ownUrl,
    ...refused(400, 'invalid_request', 'VAL_2007'),
  },
  {
    name: 'DPoP required: Bearer',
    ...route,
    credentials: { scheme: 'Bearer', token: {} },
    ...refused(400, 'invalid_request', 'VAL_2004'),
  },
]

const withoutProxy: readonly SampleCase[] = [
  { name: 'no trusted proxy: a proof for the own URL', ...route, headers: forwarded, credentials: ownUrl, ...good },
  { name: 'no trusted proxy: what a proxy says', ...route, headers: forwarded, credentials: publicUrl, ...anotherUrl },
]

/** Forwarding headers count where the framework trusts the peer, and nowhere else. */
export function proxyTests(direct: string, proxied: string, tools: SuiteTools): SuiteTest[] {
  return [
    ...withoutProxy.map((one) => ({ name: one.name, run: () => runCase(direct, tools, one) })),
    ...behindProxy.map((one) => ({ name: one.name, run: () => runCase(proxied, tools, one) })),
  ]
}
