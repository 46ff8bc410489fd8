import { createProof, createTestKey } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'

import { asDpopUser } from './case.js'
import type { RawRequest } from './raw-http.js'
import { replayedProof } from './refusals.js'
import { scenario } from './scenario.js'
import type { ContractScenario } from './scenario.js'
import type { ProtectedApi } from './protected-api.js'
import { storm } from './storm.js'

/** A request with a proof of a key of its own and this jti. */
async function withNewKey(issuer: ListeningTestIssuer, { port }: ProtectedApi, jti: string): Promise<RawRequest> {
  const key = await createTestKey('ES256')
  const accessToken = await issuer.accessToken({ jkt: key.thumbprint })
  const host = `127.0.0.1:${port}`
  const proof = await createProof({ key, accessToken, url: `http://${host}/any`, claims: { jti } })
  const headers = [
    ['Host', host],
    ['Authorization', `DPoP ${accessToken}`],
    ['DPoP', proof],
  ] as const
  return { method: 'GET', target: '/any', headers }
}

/** Many proofs at once (RFC 9449 §11.1). */
export const replayScenarios: readonly ContractScenario[] = [
  scenario(
    '1,000 proofs with one jti and different keys: each is accepted, once',
    {},
    async ({ issuer, api }) => {
      const requests: RawRequest[] = []
      for (let made = 0; made < 1000; made++) requests.push(await withNewKey(issuer, api, 'the-same'))
      await storm(api, requests, asDpopUser)
      await storm(api, requests, replayedProof())
    },
    { exclusive: true },
  ),
]
