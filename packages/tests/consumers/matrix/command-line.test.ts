import { beforeAll, describe, expect, it } from 'vitest'

import { project } from './support/project.js'
import { INSTALLATION, npmInstall, run } from './support/run.js'

describe('the command line, installed by npm', () => {
  let cwd: string

  beforeAll(async () => {
    const ours = ['cli', 'client', 'conformance', 'core', 'testing'].map((name) => `@acme/auth-${name}`)
    cwd = project('command-line', ours)
    await npmInstall(cwd, '--omit=dev')
  }, INSTALLATION)

  it('runs by npx', async () => {
    const { stdout } = await run(cwd, 'npx', ['--no-install', 'acme-auth', '--help'])
    expect(stdout).toContain('Usage: acme-auth [options] [command]')
  })

  it('has all that its commands load', async () => {
    const settings = { AUTH0_DOMAIN: 'tenant.example.com', AUTH0_AUDIENCE: 'https://api.example.com' }
    const report = await run(cwd, 'npx', ['--no-install', 'acme-auth', 'report'], settings)
    expect(report.stdout).toMatch(/^enforced +what/)
    // A token that is none is a finding: exit code 1.
    const inspected = run(cwd, 'npx', ['--no-install', 'acme-auth', 'inspect', 'env:TOKEN'], {
      ...settings,
      TOKEN: 'abc',
    })
    await expect(inspected).rejects.toThrow('an opaque token is what Auth0 issues')
    const proof = run(cwd, 'npx', [
      '--no-install',
      'acme-auth',
      'proof',
      '--url',
      'https://x.example/',
      '--dpop',
      'none',
    ])
    await expect(proof).rejects.toThrow('ENOENT')
    const attack = run(cwd, 'npx', ['--no-install', 'acme-auth', 'attack', 'http://192.0.2.1/', '--issuer-port', '0'])
    await expect(attack).rejects.toThrow('192.0.2.1 is not this machine')
  })
})
