// Issuers that a function knows by a pattern, each with a hundred keys, and with a token that is remembered:
// `node --expose-gc … [issuers]`.
import { createResourceServer } from '@acme/auth-core'
import { createTestIssuer, createTestKey } from '@acme/auth-testing'

import { AUDIENCE, memory, NOW, request } from './support.mjs'

const [issuers = 300] = process.argv.slice(2).map(Number)
const now = () => NOW
const signer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE, now })
const others = await Promise.all(Array.from({ length: 99 }, () => createTestKey('ES256')))
const { kty, crv, x, y } = signer.signingKey.publicJwk
const keys = [{ kty, crv, x, y, kid: signer.signingKey.kid }, ...others.map(({ publicJwk }) => publicJwk)]

const PATTERN = /^https:\/\/t\d+\.tenants\.test\/$/
const server = createResourceServer(
  {
    issuers: (issuer) => (PATTERN.test(issuer) ? { issuer, jwksUri: `${issuer}keys` } : undefined),
    audience: AUDIENCE,
    fetch: async () => Response.json({ keys }),
  },
  { now },
)

async function send(number) {
  const token = await signer.accessToken({ claims: { iss: `https://t${number}.tenants.test/` } })
  for (let time = 0; time < 2; time++) {
    const outcome = await server.authenticate(request(`Bearer ${token}`))
    if (!outcome.ok) throw new Error(`refused: ${outcome.error.reason} ${outcome.error.detail}`)
  }
}

// More than are kept at once, which is five thousand keys.
for (let number = 0; number < 150; number++) await send(number)
const before = await memory()
for (let number = 150; number < 150 + issuers; number++) await send(number)
process.stdout.write(JSON.stringify({ perIssuer: ((await memory()) - before) / issuers }))
