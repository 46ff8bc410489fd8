import { once } from 'node:events'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { configuredTests, liveTests, startSample } from '@acme/sample-api/suite'
import type { SuiteTools } from '@acme/sample-api/suite'
import { afterAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'

const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
const key = await createTestKey('ES256')
const tools: SuiteTools = {
  issuer: issuer.issuer,
  audience: issuer.audience,
  thumbprint: key.thumbprint,
  accessToken: (options) => issuer.accessToken(options),
  proof: (options) => createProof({ key, ...options }),
}
const sample = await startSample(new URL('../dist/main.js', import.meta.url), {
  PORT: '0',
  METRICS: '1',
  SSF_ISSUER: issuer.issuer,
  AUTH0_ISSUER: issuer.issuer,
  AUTH0_AUDIENCE: issuer.audience,
})
const securityEvent = (sub: string): Promise<string> =>
  issuer.securityEvent({ subject: { format: 'iss_sub', iss: issuer.issuer, sub } })

afterAll(async () => {
  sample.kill()
  await issuer.close()
})

test.each([...liveTests(sample.origin, tools), ...configuredTests(sample.origin, tools, securityEvent)])(
  '$name',
  async ({ run }) => {
    const { actual, expected } = await run()
    expect(actual).toEqual(expected)
  },
)

test('stops on SIGTERM, with a WebSocket and a stream open', async () => {
  const headers = { authorization: `Bearer ${await issuer.accessToken({ scope: 'read:messages' })}` }
  const socket = new WebSocket(`${sample.origin.replace('http', 'ws')}/ws`, { headers })
  await once(socket, 'open')
  const stream = await fetch(`${sample.origin}/events`, { headers })
  const ended = Promise.all([once(socket, 'close'), stream.text().catch(() => undefined)])
  expect(await sample.stop('SIGTERM')).toBe(0)
  const [[code]] = await ended
  expect(code).toBe(1001)
})
