// One client, one key, and a header of several kilobytes that differs in each proof; then many keys, with the longest
// header that is remembered: `node --expose-gc … [requests] [keys]`.
import { createResourceServer } from '@acme/auth-core'
import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'

import { AUDIENCE, memory, NOW, request } from './support.mjs'

const [requests = 2000, keys = 1000] = process.argv.slice(2).map(Number)
const now = () => NOW
const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE, now })
const key = await createTestKey('ES256')
const server = createResourceServer(
  { issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch, dpop: { replay: false } },
  { now },
)

const ofClient = { key, token: await issuer.accessToken({ jkt: key.thumbprint }) }

async function send(header, { key, token } = ofClient) {
  const dpop = await createProof({ key, url: 'https://api.test/items', accessToken: token, now: NOW, header })
  const outcome = await server.authenticate(request(`DPoP ${token}`, dpop))
  if (!outcome.ok) throw new Error(`refused: ${outcome.error.reason} ${outcome.error.detail}`)
}

const large = Array.from({ length: 1800 }, () => ({}))
for (let n = 0; n < 200; n++) await send({ n, f: large })
let before = await memory()
for (let n = 200; n < 200 + requests; n++) await send({ n, ...(n % 2 === 0 && { f: large }) })
const perRequest = ((await memory()) - before) / requests

before = await memory()
for (let n = 0; n < keys; n++) {
  const another = await createTestKey('ES256')
  await send({ x: 'x'.repeat(580) }, { key: another, token: await issuer.accessToken({ jkt: another.thumbprint }) })
}
process.stdout.write(JSON.stringify({ perRequest, perKey: ((await memory()) - before) / keys }))
