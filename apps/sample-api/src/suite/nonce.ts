import { callerBody } from './bodies.js'
import { credentialHeaders } from './credentials.js'
import type { Credentials, SuiteTools } from './credentials.js'
import { runCase } from './run-case.js'
import type { SuiteTest } from './suite-test.js'
import { refused } from './variants.js'
import type { ExpectedRefusal } from './variants.js'

const HOUR = 3600
const path = '/api/private'
const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example.com' }
const url = `https://api.example.com${path}`
const good: ExpectedRefusal = { status: 200, body: callerBody }

/** What a client sends whose clock is an hour slow. */
function slow(proof: { readonly url?: string; readonly nonce?: string }): Credentials {
  return { scheme: 'DPoP', token: {}, proof: { ...proof, now: Date.now() / 1000 - HOUR } }
}

/** A wrong clock is refused, and healed by a nonce where `DPOP_NONCE` says so. */
export function nonceTests(direct: string, healing: string, tools: SuiteTools): SuiteTest[] {
  const test = (name: string, expected: ExpectedRefusal, nonce?: () => Promise<string>): SuiteTest => ({
    name,
    async run() {
      const credentials = slow(nonce === undefined ? { url } : { url, nonce: await nonce() })
      return runCase(healing, tools, { name, method: 'GET', path, headers: forwarded, credentials, ...expected })
    },
  })
  const name = 'no nonces: a clock an hour slow'
  const refusedForTime = refused(400, 'invalid_dpop_proof', 'DPOP_6010')
  return [
    {
      name,
      run: () => runCase(direct, tools, { name, method: 'GET', path, credentials: slow({}), ...refusedForTime }),
    },
    test('nonces: a clock an hour slow, the first time', refused(401, 'use_dpop_nonce', 'DPOP_6013')),
    test('nonces: a clock an hour slow, the second time', good, () => handedOut(healing, tools)),
    test('nonces: a forged one', refused(401, 'use_dpop_nonce', 'DPOP_6014'), async () => 'forged'),
  ]
}

/** The nonce that the first answer to a slow clock hands out. */
async function handedOut(origin: string, tools: SuiteTools): Promise<string> {
  const { headers } = await credentialHeaders(tools, slow({ url }), { method: 'GET', url })
  const response = await fetch(new URL(path, origin), { headers: { ...forwarded, ...headers } })
  await response.text()
  return response.headers.get('dpop-nonce') ?? 'none'
}
