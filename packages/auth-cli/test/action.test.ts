import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** As a runner of GitHub starts it, with the command line that was built here. */
function action(environment: NodeJS.ProcessEnv): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const env = {
    PATH: process.env['PATH'],
    ACME_AUTH: at('bin/acme-auth.js'),
    RUNNER_TEMP: folder,
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    ...environment,
  }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [at('action/main.mjs')], { env }, (_, stdout) =>
      resolve({ code: child.exitCode, stdout }),
    )
  })
}

it('has outputs, a summary, and an annotation for what is first', async () => {
  const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  const settings = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
  const good = await action(settings)
  const bad = await action({
    ...settings,
    AUTH0_ISSUER: issuer.issuer.replace(/\/$/, ''),
    INPUT_SCOPE: 'read:x write:x',
  })
  await issuer.close()
  expect([good.code, good.stdout, bad.code]).toEqual([0, '', 1])
  expect(bad.stdout).toBe(
    `::error title=acme-auth doctor::the issuer calls itself by another name: AUTH0_ISSUER=${issuer.issuer} (not AUTH0_DOMAIN), if that is the one which is meant\n`,
  )
  const outputs = (await readFile(join(folder, 'output'), 'utf8')).trimEnd().split('\n')
  const report = join(folder, 'acme-auth-doctor.json')
  expect(outputs).toEqual(['ok=true', `report=${report}`, 'ok=false', `report=${report}`])
  expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ ok: false, primary: { check: 'issuer' } })
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain(
    '| fail | discovery | the issuer calls itself by another name |',
  )
})

it('fails where nothing is set', async () => {
  const { code, stdout } = await action({})
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining('::error title=acme-auth doctor::the settings cannot be used'),
  ])
})

it('names each input that the action has', async () => {
  const text = await readFile(at('action.yml'), 'utf8')
  const script = await readFile(at('action/main.mjs'), 'utf8')
  const inputs = [...text.matchAll(/^ {8}(INPUT_\w+): \$\{\{ inputs\.(\w+) \}\}$/gm)].map(([, variable]) => variable)
  expect(inputs).toEqual(['INPUT_API', 'INPUT_ORIGIN', 'INPUT_SCOPE', 'INPUT_VERSION'])
  expect(inputs.filter((name) => !script.includes(name ?? ''))).toEqual([])
  expect(text.slice(text.indexOf('run: '))).not.toContain('${{')
})
