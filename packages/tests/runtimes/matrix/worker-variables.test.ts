import { startTestIssuer } from '@acme/auth-testing'
import { describe, expect, it, onTestFinished } from 'vitest'

import { startWorker } from './start.js'

describe.each([
  ['@acme/auth-hono', 'servers/variables.ts', 'DPoP'],
  ['@acme/auth-hono/bearer', 'servers/variables-bearer.ts', undefined],
])('%s in a Worker, without options', (_name, source, other) => {
  it('reads the variables of the Worker', async () => {
    const issuer = await startTestIssuer({ algorithm: 'RS256' })
    onTestFinished(() => issuer.close())
    const variables = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
    const worker = await startWorker(source, variables)
    onTestFinished(() => worker.dispose())
    const url = await worker.ready
    const ask = async (scope?: string): Promise<readonly unknown[]> => {
      const authorization = `Bearer ${await issuer.accessToken(scope === undefined ? {} : { scope })}`
      const answer = await fetch(url, { headers: { authorization } })
      return [answer.status, await answer.text()]
    }
    expect(await ask('read')).toEqual([200, 'user-1'])
    expect((await ask())[0]).toBe(403)
    const refused = await fetch(url)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')?.includes('DPoP')).toBe(other === 'DPoP')
  })
})
