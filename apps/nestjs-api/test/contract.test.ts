import { faultTest, startSuite } from '@acme/sample-api/suite'
import type { Suite, SuiteTools } from '@acme/sample-api/suite'
import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { afterAll, describe, expect, test } from 'vitest'

import type { Platform } from '../src/platform.js'
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

async function suiteOn(platform: Platform): Promise<Suite & { platform: Platform }> {
  const main = new URL('../dist/main.js', import.meta.url)
  return { platform, ...(await startSuite({ main, env: { NEST_PLATFORM: platform }, tools })) }
}

const suites = await Promise.all([suiteOn('express'), suiteOn('fastify')])

afterAll(async () => {
  for (const suite of suites) suite.close()
  await issuer.close()
})

describe.each(suites)('on $platform', ({ tests, platform }) => {
  const fault = faultTest(tools, (settings) => start(settings, platform))
  test.each([...tests, fault])('$name', async ({ run }) => {
    const { actual, expected } = await run()
    expect(actual).toEqual(expected)
  })
})
