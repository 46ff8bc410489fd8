import { faultTest, startSuite } from '@acme/sample-api/suite'
import type { SuiteTools } from '@acme/sample-api/suite'
import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { afterAll, expect, test } from 'vitest'

import { start } from '../src/start.js'

const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
const key = await createTestKey('ES256')
const tools: SuiteTools = {
  issuer: issuer.issuer,
  audience: issuer.audience,
  thumbprint: key.thumbprint,
  accessToken: (options) => issuer.accessToken(options),
  proof: (options) => createProof({ key, ...options }),
}
const suite = await startSuite({ main: new URL('../dist/main.js', import.meta.url), tools })

afterAll(async () => {
  suite.close()
  await issuer.close()
})

test.each([...suite.tests, faultTest(tools, start)])('$name', async ({ run }) => {
  const { actual, expected } = await run()
  expect(actual).toEqual(expected)
})
