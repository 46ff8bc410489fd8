import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { startLiveSuite } from '@acme/sample-api/suite'
import { afterAll, expect, test } from 'vitest'

const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
const key = await createTestKey('ES256')
const { tests, close } = await startLiveSuite({
  main: new URL('../dist/main.js', import.meta.url),
  tools: {
    issuer: issuer.issuer,
    audience: issuer.audience,
    thumbprint: key.thumbprint,
    accessToken: (options) => issuer.accessToken(options),
    proof: (options) => createProof({ key, ...options }),
  },
  securityEvent: (sub) => issuer.securityEvent({ subject: { format: 'iss_sub', iss: issuer.issuer, sub } }),
})

afterAll(async () => {
  close()
  await issuer.close()
})

test.each(tests)('$name', async ({ run }) => {
  const { actual, expected } = await run()
  expect(actual).toEqual(expected)
})
