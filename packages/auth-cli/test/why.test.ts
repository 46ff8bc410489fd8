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
    app.get('/internal/traces', requireAuth('read:traces'), traceRoute())
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
    ['{"checks":[],"later":[1],"time":0,"status":1,"reason":"x","code":"x"}', 'no trace'],
    ['{"checks":[],"connection":"constructor","time":0,"status":1,"reason":"x","code":"x"}', 'no trace'],
    ['{"checks":[],"path":{},"time":0,"status":1,"reason":"x","code":"x"}', 'no trace'],
    [`${'{"checks":[],"later":['.repeat(5000)}${']}'.repeat(5000)}`, 'no trace'],
  ])('an API that answers %s moves no cursor', async (body, says) => {
    const other = await listen((_request, response) => void response.end(body))
    const stdin = await issuer.accessToken()
    const { code, stdout } = await acmeAuth(['why', 'id', '--api', other.origin, '--token', '-'], { stdin })
    await other.close()
    expect([code, stdout]).toEqual([1, expect.stringContaining(says)])
    expect(stdout).not.toContain('\u001B')
  })

  it('tells all that were refused under one id', async () => {
    const headers = { 'x-request-id': 'retried' }
    for (const authorization of ['Bearer x', 'Basic x'])
      await fetch(`${api.origin}/me`, { headers: { ...headers, authorization } })
    const { stdout } = await acmeAuth(['why', 'retried', ...route(), '--scope', 'read:traces'], { environment })
    expect(stdout).toMatch(/token_invalid[^]*later, with the same correlation id:[^]*credentials_missing/)
  })

  it('without an id lists what was refused lately, of a client', async () => {
    const id = await refusedId({ client_id: 'app-9', aud: 'https://other.example.com' })
    await refusedId({ client_id: 'app-8', exp: 1 })
    const where = ['--where', 'client_id=app-9', 'reason=token_invalid', '--scope', 'read:traces']
    const { code, stdout } = await acmeAuth(['why', ...route(), ...where], { environment })
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^20[\\dT:-]+Z  401  token_invalid  GET  /me  app-9  ${id}\n$`)),
    ])
    const { stdout: json } = await acmeAuth(['why', ...route(), ...where, '--json'], { environment })
    expect(JSON.parse(json)).toMatchObject({ primary: null, traces: [{ correlationId: id, clientId: 'app-9' }] })
    const none = ['why', ...route(), '--where', 'client_id=nobody', '--scope', 'read:traces']
    expect((await acmeAuth(none, { environment })).stdout).toMatch(/^no refusal is kept/)
  })

  it.each([
    [['--where', 'client=x'], '--where: want each of these once at most: reason, code'],
    [['--where', 'client_id'], '--where: got client_id, want NAME=VALUE'],
    [['an-id', '--where', 'client_id=x'], '--where: want it without ID'],
  ])('%j is wrong', async (words, says) => {
    const { code, stderr } = await acmeAuth(['why', ...route(), '--scope', 'read:traces', ...words], { environment })
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it.each([
    '{"traces":[1]}',
    '{"traces":{}}',
    '{"traces":[{"time":1e300,"status":1,"reason":"x","code":"x"}]}',
    '{"traces":[{"time":1,"status":1,"reason":"x","code":"x","path":[]}]}',
  ])('a list that is none, %s, is not told', async (body) => {
    const other = await listen((_request, response) => void response.end(body))
    const stdin = await issuer.accessToken()
    const { code, stdout } = await acmeAuth(['why', '--api', other.origin, '--token', '-'], { stdin })
    await other.close()
    expect([code, stdout]).toEqual([1, expect.stringContaining('no trace')])
  })
})
