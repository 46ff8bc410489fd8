import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listen, startApi } from './apis.js'
import type { Running } from './apis.js'
import { acmeAuth, answerOf } from './support.js'

let issuer: ListeningTestIssuer
let api: Running
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  environment = {
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: issuer.audience,
    AUTH0_CLIENT_ID: 'operator',
    AUTH0_CLIENT_SECRET: 'a-secret-of-the-client',
  }
  const options = { issuer: issuer.issuer, audience: issuer.audience, traces: true }
  api = await startApi(options, (app, { requireAuth, traceRoute }) => {
    app.get('/internal/traces/:id', requireAuth('read:traces'), traceRoute())
  })
})

afterAll(async () => {
  await api.close()
  await issuer.close()
})

const route = (): readonly string[] => ['--api', `${api.origin}/internal/traces/`]

async function refusedId(claims: Record<string, unknown>): Promise<string> {
  const authorization = `Bearer ${await issuer.accessToken({ claims })}`
  const response = await fetch(`${api.origin}/me`, { headers: { authorization } })
  const { correlation_id: id } = (await response.json()) as { correlation_id: string } // of a refusal
  return id
}

describe('why', () => {
  it('tells what was wrong, and each check, with a token by client credentials', async () => {
    const id = await refusedId({ aud: 'https://other.example.com' })
    const { code, stdout, stderr } = await acmeAuth(['why', id, ...route(), '--scope', 'read:traces'], { environment })
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain(`refused GET /me at `)
    expect(stdout).toContain('  seen      aud is "https://other.example.com", accepted is "https://api.example.com"')
    expect(stdout).toContain('ok    signature')
    expect(stdout).toContain('FAIL  audience')
  })

  it('takes a token, and answers with the trace as JSON', async () => {
    const id = await refusedId({ exp: 1 })
    const stdin = await issuer.accessToken({ scope: 'read:traces' })
    expect(await answerOf(['why', id, ...route(), '--token', '-'], { stdin })).toMatchObject({
      correlationId: id,
      reason: 'token_expired',
    })
  })

  it('says so where none is kept', async () => {
    const { code, stdout } = await acmeAuth(['why', 'unknown', ...route(), '--scope', 'read:traces'], { environment })
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^no trace of that id is kept/)])
  })

  it('says why the operator is refused', async () => {
    const { code, stdout, stderr } = await acmeAuth(['why', 'unknown', ...route()], { environment })
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^HTTP 403 of .*no trace/)])
    expect(stderr).toContain('scope="read:traces"')
  })

  it.each(['a b', '../x', 'x'.repeat(129)])('%j is no id: nothing is sent', async (id) => {
    const { code, stderr } = await acmeAuth(['why', id, ...route()], { environment })
    expect([code, stderr]).toEqual([2, expect.stringContaining('ID: want the correlation id')])
  })

  it.each([
    ['{"checks":[{}],"time":0,"status":1,"reason":"x","code":"x"}', 'no trace'],
    ['[]', 'no trace'],
    ['null', 'no trace'],
    ['{"checks":[],"time":1e300,"status":1,"reason":"x","code":"x"}', 'no trace'],
    ['{"checks":[],"time":0,"status":1,"reason":"\\u001b[31m","code":"x"}', '?[31m'],
  ])('an API that answers %s moves no cursor', async (body, says) => {
    const other = await listen((_request, response) => void response.end(body))
    const stdin = await issuer.accessToken()
    const { code, stdout } = await acmeAuth(['why', 'id', '--api', other.origin, '--token', '-'], { stdin })
    await other.close()
    expect([code, stdout]).toEqual([1, expect.stringContaining(says)])
    expect(stdout).not.toContain('\u001B')
  })
})
