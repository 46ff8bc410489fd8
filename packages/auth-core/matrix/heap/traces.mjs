// Refusals of the largest tokens, by names that their callers chose, with traces: `node --expose-gc … [refusals]`.
import { createResourceServer } from '@acme/auth-core'
import { createTestIssuer, createTestKey } from '@acme/auth-testing'

import { AUDIENCE, memory, NOW } from './support.mjs'

const [refusals = 100_000] = process.argv.slice(2).map(Number)
let time = NOW
const now = () => time
const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE, now })
const options = { issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch, traces: true }
const server = createResourceServer({ ...options, onEvent: () => undefined }, { now })

const pad = 'x'.repeat(10_000)
const key = await createTestKey('ES256')
// What of them is shown in traces is large, too.
const tokens = [
  await issuer.accessToken({ claims: { pad, iss: `https://${'é'.repeat(200)}.test/` } }),
  await issuer.accessToken({ claims: { pad, aud: Array.from({ length: 50 }, () => 'é'.repeat(20)) } }),
  await issuer.accessToken({ claims: { pad }, key }),
  await issuer.accessToken({ claims: { pad }, header: { typ: 'é'.repeat(500) } }),
  'x'.repeat(16 * 1024),
]

// As of a socket: what keeps a part of a text keeps it all.
const copy = (text) => Buffer.from(text).toString('latin1')

async function refuse(from, to) {
  for (let sent = from; sent < to; sent++) {
    // A thousand within a second.
    if (sent % 1000 === 0) time += 1
    const authorization = `Bearer ${copy(tokens[sent % tokens.length])}`
    const outcome = await server.authenticate({
      method: 'GET',
      target: copy(`/${pad}`),
      rawHeaders: ['Host', 'api.test', 'Authorization', authorization, 'X-Request-Id', `${sent}`.padEnd(128, 'x')],
      scheme: 'https',
      peer: '192.0.2.1',
      trustedHops: () => 0,
      identity: {},
    })
    if (outcome.ok) throw new Error('a bad token was accepted')
  }
}

const start = await memory()
await refuse(0, 5000)
const full = await memory()
await refuse(5000, refusals)
const traces = server.traces().length
process.stdout.write(JSON.stringify({ kept: full - start, growth: (await memory()) - full, traces }))
