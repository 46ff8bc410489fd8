import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { createWorld, expired, lacksScope, noCredentialsFor, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** The port of the application in app.cjs, which runs for the rest of the test. */
async function startApp(): Promise<number> {
  const env = { ...process.env, AUTH0_ISSUER: world.options.issuer, AUTH0_AUDIENCE: world.options.audience }
  const child = spawn(process.execPath, [fixture('app.cjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill()
    await closed
  })
  for await (const line of createInterface(child.stdout)) {
    const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('app.cjs ended without listening')
}

describe('an application in CommonJS', () => {
  it('refuses and accepts as any other', async () => {
    const port = await startApp()
    const powered = (headers: readonly string[]): string[] => headers.filter((one) => one !== 'x-powered-by: Express')
    const seen = async (...sent: Parameters<typeof send>) => {
      const answer = await send(...sent)
      return { ...answer, headers: powered(answer.headers) }
    }
    expect(await seen(port, '/private')).toEqual(noCredentialsFor('read'))
    expect(await seen(port, '/private', await world.bearer())).toEqual(lacksScope('read'))
    expect(await seen(port, '/private', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    const headers = await world.bearer({ scope: 'read' })
    expect(await seen(port, '/private', headers)).toMatchObject({ status: 200, body: '{"sub":"user-1"}' })
  })

  it('gets all names by require()', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fixture('require.cjs')])
    const exported: unknown = JSON.parse(stdout)
    expect(exported).toMatchObject({
      '@acme/auth-express': [
        'AuthError',
        'createAuth',
        'explain',
        'explanationText',
        'getAuth',
        'getOptionalAuth',
        'isAuthError',
        'memoryReplayStore',
        'memoryRevocations',
        'optionalAuth',
        'optionsFromEnvironment',
        'policyEngine',
        'publicRoute',
        'requireAuth',
        'requirements',
        'shadowTable',
        'withoutTicket',
      ],
      '@acme/auth-express/global': [],
      '@acme/auth-express/websocket': ['acceptUpgrades', 'selectSubprotocol', 'webSocket'],
    })
    expect(exported).toHaveProperty(['@acme/auth-core'], expect.arrayContaining(['createResourceServer', 'AuthError']))
  })
})
