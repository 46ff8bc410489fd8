import { expect } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'
import {
  expectRefused,
  NO_CREDENTIALS,
  SCOPE_MISSING,
  TOKEN_BOUND,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  TOKEN_REVOKED,
} from '../refusal.js'

export const refused: readonly ConnectionCase[] = [
  { name: 'no credentials', run: async (harness) => void (await expectRefused(harness, {}, NO_CREDENTIALS)) },
  {
    name: 'a forged token',
    run: async (harness) => {
      const token = await harness.token({ signature: 'flipped' })
      await expectRefused(harness, { headers: bearer(token) }, TOKEN_INVALID)
    },
  },
  {
    name: 'an expired token',
    run: async (harness) => {
      const token = await harness.token({ expiresIn: -60 })
      await expectRefused(harness, { headers: bearer(token) }, TOKEN_EXPIRED)
    },
  },
  {
    name: 'a token without the scope',
    run: async (harness) => {
      const token = await harness.token({ scope: 'read:y' })
      const answer = await expectRefused(harness, { headers: bearer(token) }, SCOPE_MISSING)
      expect(answer.headers.some(([, value]) => value.includes('scope="read:x"'))).toBe(true)
    },
  },
  {
    name: 'a revoked token',
    run: async (harness) => {
      const token = await harness.token()
      harness.fixture.revocations.revoke(harness.subject)
      await expectRefused(harness, { headers: bearer(token) }, TOKEN_REVOKED)
    },
  },
  {
    name: 'a malformed header',
    run: async (harness) => {
      const headers = [['Authorization', 'Bearer not a token']] as const
      await expectRefused(harness, { headers }, { status: 400, code: 'VAL_2001', error: 'invalid_request' })
    },
  },
  {
    name: 'a bound token without its proof',
    run: async (harness) => {
      const token = await harness.bound()
      await expectRefused(harness, { headers: bearer(token) }, TOKEN_BOUND)
    },
  },
  {
    name: 'a proof of another path',
    run: async (harness) => {
      const headers = await harness.dpop(await harness.bound(), '/elsewhere')
      await expectRefused(harness, { headers }, { status: 400, code: 'DPOP_6009', error: 'invalid_dpop_proof' })
    },
  },
  {
    name: 'a proof that was used',
    run: async (harness) => {
      const headers = await harness.dpop(await harness.bound())
      await harness.open({ headers })
      await expectRefused(harness, { headers }, { status: 400, code: 'DPOP_6012', error: 'invalid_dpop_proof' })
    },
  },
  {
    name: 'a token in the query, which is ignored',
    run: async (harness) => {
      const token = await harness.token()
      for (const name of ['access_token', 'token', 'auth0_token'])
        await expectRefused(harness, { query: { [name]: token } }, NO_CREDENTIALS)
    },
  },
  {
    name: 'keys of the issuer that cannot be had',
    own: (options) => options,
    run: async (harness) => {
      const { issuer } = harness.fixture
      issuer.fail('all', { status: 500 })
      try {
        const token = await harness.token()
        await expectRefused(harness, { headers: bearer(token) }, { status: 503, code: 'NET_3001', error: null })
      } finally {
        issuer.fail('all', undefined)
      }
    },
  },
]
