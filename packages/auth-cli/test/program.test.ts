import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { run } from '../src/run.js'
import { acmeAuth } from './support.js'

// Tells on file descriptor 2 of each module that is loaded.
const HOOK = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(2, 'loaded ' + url + '\\n')
  return next(url, context)
}`
const register = `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOK)}))`

/** What the program loads for a command, as URLs. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const hook = `data:text/javascript,${encodeURIComponent(register)}`
  const running = promisify(execFile)(process.execPath, ['--import', hook, shim, ...args])
  running.child.stdin?.end('eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA')
  const { stderr } = await running.catch((error: unknown) => error as { stderr: string }) // exit code 1
  return [...stderr.matchAll(/^loaded (file:.*)$/gm)].map(([, url = '']) => url)
}

function packageOf(url: string): string | undefined {
  const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
  const [, own] = /\/packages\/(auth-(?!cli)[a-z]+)\//.exec(url) ?? []
  return own === undefined ? installed : `@acme/${own}`
}

const shim = fileURLToPath(new URL('../bin/acme-auth.js', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
})

afterAll(() => rm(folder, { recursive: true }))

describe('the command line', () => {
  it('runs as a program', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [shim, '--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    ['--version', [], ['commander']],
    ['--help', [], ['commander']],
    ['inspect --help', [], ['commander']],
    ['inspect -', ['program-inspect'], ['commander', '@acme/auth-core']],
  ])('loads little for %s, since that is how long it takes to start', async (args, chunks, packages) => {
    const loaded = await loadedBy(args.split(' '))
    const own = loaded.flatMap((url) => /\/auth-cli\/dist\/([\w-]+)\.mjs$/.exec(url)?.[1] ?? [])
    const others = loaded.flatMap((url) => packageOf(url) ?? [])
    expect(own).toEqual(expect.arrayContaining(['program', ...chunks]))
    expect(own.length).toBeLessThanOrEqual(chunks.length === 0 ? 3 : 10)
    expect([...new Set(others)].toSorted()).toEqual(packages.toSorted())
  })

  it('does not load one module by itself: what tsc wrote is in the bundle', async () => {
    const loaded = await loadedBy(['--help'])
    expect(loaded.filter((url) => /\/auth-cli\/dist\/.*\.js$/.test(url))).toEqual([])
  })

  it('suggests what was meant', async () => {
    const command = await acmeAuth(['inpsect'])
    expect([command.code, command.stdout, command.stderr]).toEqual([
      2,
      '',
      expect.stringContaining('Did you mean inspect?'),
    ])
    const option = await acmeAuth(['inspect', '--audiance', 'x'])
    expect([option.code, option.stderr]).toEqual([2, expect.stringContaining('Did you mean --audience?')])
  })

  it.each([
    [['doctor', '--bogus'], 'unknown option'],
    [['why', '1'], '--api'],
    [['token', 'bogus'], 'Allowed choices'],
    [['bogus'], 'unknown command'],
  ])('tells of a wrong call in JSON as well: %j', async (args, says) => {
    const { code, stdout } = await acmeAuth([...args, '--json'])
    expect([code, JSON.parse(stdout)]).toEqual([2, { error: expect.stringContaining(says) as string }])
  })

  it.each(['--help', '--version'])('answers %s as ever, with --json', async (option) => {
    const { code, stdout } = await acmeAuth(['--json', option].toReversed())
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(Usage: |\d)/)])
  })

  it.each(['inspect', 'explain'])('has help with examples for %s', async (command) => {
    const { code, stdout } = await acmeAuth([command, '--help'])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Examples:\n  $ `)])
  })

  it('answers with 2 where settings are wrong, and tells in JSON as well', async () => {
    const args = ['explain', '--url', 'https://api.example.com/', '--json']
    const { code, stdout, stderr } = await acmeAuth(args, { environment: { AUTH0_DOMIAN: 'tenant.auth0.com' } })
    expect(code).toBe(2)
    expect(stderr).toContain('"AUTH0_DOMIAN" is set, did you mean AUTH0_DOMAIN?')
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining('AUTH0_AUDIENCE is not set') as string })
  })

  it('reads a file of variables, and lets those of the process win', async () => {
    const file = join(folder, '.env')
    await writeFile(file, 'AUTH0_DOMAIN=tenant.auth0.com\nAUTH0_AUDIENCE=https://api.example.com\n')
    const args = ['inspect', '--json', '--env-file', file]
    const token = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.AAAA`
    const fromFile = await acmeAuth(args, { stdin: token })
    expect(JSON.parse(fromFile.stdout)).toMatchObject({ api: { audience: 'https://api.example.com' } })
    const fromBoth = await acmeAuth(args, {
      stdin: token,
      environment: { AUTH0_AUDIENCE: 'https://other.example.com' },
    })
    expect(JSON.parse(fromBoth.stdout)).toMatchObject({ api: { audience: 'https://other.example.com' } })
    const missing = await acmeAuth(['inspect', '--env-file', join(folder, 'none')], { stdin: token })
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--env-file')])
  })

  it('warns of a token in the arguments, and never shows it', async () => {
    const { stdout, stderr } = await acmeAuth(['inspect', 'secret-opaque-token'])
    expect(stderr).toContain('is seen in the list of processes')
    expect(stdout + stderr).not.toContain('secret-opaque-token')
  })

  it('takes a token from the environment, without a warning', async () => {
    const { stdout, stderr } = await acmeAuth(['inspect', 'env:TOKEN'], { environment: { TOKEN: 'abc' } })
    expect([stdout.split('\n')[0], stderr]).toEqual(['form  no JWT, 3 characters', ''])
  })

  it('names a variable that is not set, for a token as for a secret', async () => {
    const token = await acmeAuth(['inspect', 'env:NOPE'])
    expect([token.code, token.stderr]).toEqual([2, 'acme-auth: TOKEN: the variable NOPE is not set\n'])
    const settings = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' }
    const args = ['token', '--client-id', 'app', '--client-secret', 'env:NOPE']
    const secret = await acmeAuth(args, { environment: settings })
    expect([secret.code, secret.stderr]).toEqual([2, 'acme-auth: --client-secret: the variable NOPE is not set\n'])
  })

  it('has colours on a terminal alone, and none with NO_COLOR', async () => {
    const coloured = async (isTTY: boolean, isWanted: boolean): Promise<boolean> => {
      const stdout = Object.assign(new PassThrough(), { isTTY, getColorDepth: WriteStream.prototype.getColorDepth })
      // Node's count of colours hears all of these: what runs this test may set any of them.
      for (const name of [
        'CI',
        'COLORTERM',
        'FORCE_COLOR',
        'NODE_DISABLE_COLORS',
        'TEAMCITY_VERSION',
        'TF_BUILD',
        'TMUX',
      ])
        vi.stubEnv(name, undefined)
      vi.stubEnv('NO_COLOR', isWanted ? undefined : '1')
      vi.stubEnv('TERM', 'xterm-256color')
      const stdin = new PassThrough().end('abc')
      await run(['inspect', '-'], { stdin, stdout, stderr: new PassThrough(), environment: {} })
      vi.unstubAllEnvs()
      return String(stdout.read()).includes('\u001B[')
    }
    expect([await coloured(true, true), await coloured(true, false), await coloured(false, true)]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('lets nothing in a token move the cursor', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'ES256', '\u001B[2J': 1 })}.${part({ iss: '\u001B]0;x\u0007\u202E' })}.AAAA`
    const { stdout } = await acmeAuth(['inspect', '-'], { stdin: token })
    expect(['\u001B', '\u0007', '\u202E'].filter((one) => stdout.includes(one))).toEqual([])
  })
})
