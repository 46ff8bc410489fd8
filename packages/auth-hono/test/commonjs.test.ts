import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

it('works by require()', async () => {
  const fixture = fileURLToPath(new URL('fixtures/require.cjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [fixture])
  expect(JSON.parse(stdout)).toEqual({
    status: 401,
    challenge: 'Bearer realm="api", DPoP algs="ES256"',
    exported: [
      'AuthError',
      'answerUpgrades',
      'createAuth',
      'explain',
      'explanationText',
      'isAuthError',
      'memoryReplayStore',
      'memoryRevocations',
      'optionalAuth',
      'optionsFromEnvironment',
      'policyEngine',
      'publicRoute',
      'refuseOtherUpgrades',
      'requireAuth',
      'requirements',
      'selectSubprotocol',
      'shadowTable',
      'withoutTicket',
    ],
  })
})
