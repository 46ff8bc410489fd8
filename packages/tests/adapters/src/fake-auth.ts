import { fakeAuth } from '@acme/auth-testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { send } from './support.js'

/**
 * Nobody makes a token, and the routes answer.
 *
 * @param serve - serves `/read`, which wants the scope `read` and answers the subject, with no issuer that can be reached
 */
export function describeFakeAuth(framework: string, serve: () => Promise<number>): void {
  describe(`fakeAuth, on ${framework}`, () => {
    beforeEach(() => {
      vi.stubEnv('NODE_ENV', 'test')
      for (const level of ['info', 'warn', 'log', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
    })
    afterEach(() => {
      vi.unstubAllEnvs()
      vi.restoreAllMocks()
    })

    it('lets its caller pass, for what they have, until it ends', async () => {
      const port = await serve()
      const fake = fakeAuth({ sub: 'user-7', scopes: ['read'] })
      expect(await send(port, '/read')).toMatchObject({ status: 200, body: 'user-7' })
      fakeAuth({ sub: 'user-7', scopes: ['write'] })
      expect((await send(port, '/read')).status).toBe(403)
      fake.restore()
      expect((await send(port, '/read')).status).toBe(401)
    })

    it('lets nobody pass in production', async () => {
      const port = await serve()
      const fake = fakeAuth({ scopes: ['read'] })
      vi.stubEnv('NODE_ENV', 'production')
      expect((await send(port, '/read')).status).toBe(500)
      fake.restore()
    })
  })
}
