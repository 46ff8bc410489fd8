import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

it('works by require()', async () => {
  const fixture = fileURLToPath(new URL('fixtures/require.cjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [fixture])
  expect(JSON.parse(stdout)).toEqual({
    module: 'Auth0Module',
    exported: [
      'Auth',
      'Auth0Connections',
      'Auth0Exception',
      'Auth0Guard',
      'Auth0Module',
      'AuthError',
      'Connection',
      'OptionalAuth',
      'Public',
      'RESOURCE_SERVER',
      'RequireAuth',
      'connectionOf',
      'eventStream',
      'explain',
      'explanationText',
      'isAuthError',
      'memoryReplayStore',
      'memoryRevocations',
      'optional',
      'optionsFromEnvironment',
      'policyEngine',
      'requirements',
      'sendTrace',
      'shadowTable',
    ],
  })
})
