// The largest tokens that are accepted, each sent twice, so that it would be remembered: `node --expose-gc … [tokens]`.
import { createResourceServer } from '@acme/auth-core'
import { createTestIssuer } from '@acme/auth-testing'

import { AUDIENCE, memory, NOW, request } from './support.mjs'

const [tokens = 1200] = process.argv.slice(2).map(Number)
const now = () => NOW
const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE, now })
const server = createResourceServer({ issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch }, { now })

// As much as fits into 16 KiB, in shapes of JSON that take much memory for their text.
const ROOM = 11_700
const fill = (make, length) => Array.from({ length: Math.floor(ROOM / length) }, (_, index) => make(index))
const SHAPES = {
  objects: () => fill(() => ({}), 3),
  lists: () => fill(() => [], 3),
  numbers: (n) => fill((index) => n + index / 7, 19),
  texts: (n) => fill((index) => `${n}x${index}`.slice(-5), 8),
  text: () => 'x'.repeat(ROOM),
  members: (n) => Object.fromEntries(fill((index) => [`m${n % 50}_${index}`, 0], 13)),
  nested: () => fill(() => ({ a: { b: {} } }), 18),
}

async function send(claims) {
  const token = await issuer.accessToken(claims)
  if (token.length > 16_384) throw new Error(`${token.length} characters`)
  for (let time = 0; time < 2; time++) {
    const outcome = await server.authenticate(request(`Bearer ${token}`))
    if (!outcome.ok) throw new Error(`refused: ${outcome.error.reason} ${outcome.error.detail}`)
  }
}

const makers = Object.values(SHAPES)
await send({})
const before = await memory()
for (let n = 0; n < tokens; n++) {
  const make = makers[n % makers.length]
  // A header and scopes that no other token has, too.
  await send({ claims: { data: make(n) }, header: { n }, scope: `a${n} b c` })
}
process.stdout.write(JSON.stringify({ growth: (await memory()) - before }))
