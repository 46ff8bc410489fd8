import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

it('works by require()', async () => {
  const fixture = fileURLToPath(new URL('fixtures/require.cjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [fixture])
  expect(JSON.parse(stdout)).toEqual({
    added: [
      'requireAuth',
      'optionalAuth',
      'metadataRoute',
      'traceRoute',
      'connection',
      'eventStream',
      'resourceServer',
    ],
    others: [
      'AuthError',
      'explain',
      'explanationText',
      'getAuth',
      'isAuthError',
      'memoryReplayStore',
      'memoryRevocations',
      'optionsFromEnvironment',
      'policyEngine',
      'publicRoute',
      'requirements',
      'selectSubprotocol',
      'shadowTable',
      'withoutTicket',
    ],
  })
})
