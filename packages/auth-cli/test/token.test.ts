import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { startTenant } from '@acme/tenant'
import { freePort } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { decodeToken } from '../src/inspect/decode.js'
import { run } from '../src/run.js'
import { listen, startApi } from './apis.js'
import type { Running } from './apis.js'
import { acmeAuth, answerOf } from './support.js'

const SECRET = 'a-secret-of-the-client'
const JSON_TYPE = { 'content-type': 'application/json' }
let folder: string
let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  environment = {
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: issuer.audience,
    AUTH0_CLIENT_ID: 'worker',
    AUTH0_CLIENT_SECRET: SECRET,
  }
})

afterAll(async () => {
  await issuer.close()
  await rm(folder, { recursive: true })
})

describe('token', () => {
  it('prints a token, and nothing else, on standard output', async () => {
    const { code, stdout, stderr } = await acmeAuth(['token', '--scope', 'read:messages'], { environment })
    expect([code, decodeToken(stdout.trim()).claims]).toMatchObject([
      0,
      { scope: 'read:messages', aud: issuer.audience },
    ])
    expect(stderr).toMatch(/Bearer token, scope read:messages, good for /)
    expect(stdout + stderr).not.toContain(SECRET)
  })

  it('gets one of a real tenant', async () => {
    const tenant = await startTenant()
    const client = tenant.clients.find(({ id }) => id === 'reader')
    const own = {
      AUTH0_ISSUER: tenant.issuer,
      AUTH0_AUDIENCE: tenant.audience,
      AUTH0_CLIENT_ID: 'reader',
      AUTH0_CLIENT_SECRET: client?.secret,
    }
    const { code, stdout } = await acmeAuth(['token', '--scope', 'read:messages'], { environment: own })
    const doctor = await acmeAuth(['doctor', '--scope', 'read:messages'], { environment: own })
    await tenant.close()
    expect([code, decodeToken(stdout.trim()).claims['client_id']]).toEqual([0, 'reader'])
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('this API accepts it')])
  })

  it('binds it to a key that it makes, for the owner alone', async () => {
    const file = join(folder, 'key.json')
    const first = await answerOf<{ access_token: string; token_type: string }>(['token', '--dpop', file], {
      environment,
    })
    const second = await answerOf<{ access_token: string }>(['token', '--dpop', file], { environment })
    expect([first.token_type, (await stat(file)).mode & 0o777]).toEqual(['DPoP', 0o600])
    const [one, other] = [first, second].map((each) => decodeToken(each.access_token).claims['cnf'])
    expect(one).toEqual(other)
  })

  it('logs a user in, refreshes, and keeps what rotates in a file', async () => {
    const file = join(folder, 'tokens.json')
    // As somebody may have left it there.
    await writeFile(file, '{}', { mode: 0o644 })
    const args = [
      'token',
      'login',
      '--no-open',
      '--client-id',
      'app',
      '--scope',
      'openid offline_access',
      '--save',
      file,
    ]
    const stderr = new PassThrough()
    const stdout = new PassThrough()
    const browser = urlIn(stderr).then(async (url) => {
      const callback = await issuer.authorize(url)
      const forged = new URL(callback)
      forged.searchParams.set('state', 'another')
      const refused = await fetch(forged)
      const accepted = await fetch(callback)
      return [refused.status, accepted.status, accepted.headers.get('referrer-policy')]
    })
    const own = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
    const code = await run(args, { stdin: new PassThrough(), stdout, stderr, environment: own })
    expect([code, await browser]).toEqual([0, [404, 200, 'no-referrer']])
    const saved = JSON.parse(await readFile(file, 'utf8')) as Record<string, string> // as token.ts writes it
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    const refresh = ['token', 'refresh', '--client-id', 'app', '--refresh-token', `@${file}`]
    // The issuer would take the old one back.
    for (const nowhere of [[], ['--save', join(folder, 'none', 'tokens.json')], ['--save', folder]]) {
      const lost = await acmeAuth([...refresh, ...nowhere], { environment: own })
      expect([lost.code, lost.stdout, lost.stderr]).toEqual([2, '', expect.stringContaining('--save')])
    }
    const again = [...refresh, '--save', file]
    const refreshed = await acmeAuth(again, { environment: own })
    const renewed = JSON.parse(await readFile(file, 'utf8')) as Record<string, string> // as before
    expect([refreshed.code, renewed['refresh_token'] === saved['refresh_token']]).toEqual([0, false])
    expect(refreshed.stdout + refreshed.stderr).not.toContain(renewed['refresh_token'])
    expect((await acmeAuth(again, { environment: own })).code).toBe(0)
    issuer.fail('token', { status: 400, headers: JSON_TYPE, body: '{"error":"invalid_grant"}' })
    const refused = await acmeAuth(again, { environment: own })
    issuer.fail('token', undefined)
    expect(refused.code).toBe(1)
    expect((await acmeAuth(again, { environment: own })).code).toBe(0)
    expect((await readdir(folder)).filter((name) => name.startsWith('tokens'))).toEqual(['tokens.json'])
  })

  it('shows no control character of an issuer', async () => {
    const body = { access_token: 'abc', token_type: 'Bearer', scope: 'read \u001b]0;title\u0007 \u009b2J' }
    issuer.fail('token', { status: 200, headers: JSON_TYPE, body: JSON.stringify(body) })
    const { code, stderr } = await acmeAuth(['token'], { environment })
    issuer.fail('token', undefined)
    expect([code, stderr]).toEqual([0, 'acme-auth: Bearer token, scope read ?]0;title? ?2J\n'])
  })

  it('ends a login that nobody makes', async () => {
    const stop = new AbortController()
    const stderr = new PassThrough()
    const ended = urlIn(stderr).then(() => stop.abort())
    const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, environment, signal: stop.signal }
    expect(await run(['token', 'login', '--no-open'], terminal)).toBe(2)
    await ended
  })

  it('exchanges a token', async () => {
    const subject = await issuer.accessToken({ claims: { sub: 'ada' } })
    const { stdout } = await acmeAuth(['token', 'exchange', '--subject-token', '-'], { environment, stdin: subject })
    expect(decodeToken(stdout.trim()).claims).toMatchObject({ sub: 'ada' })
  })

  it('takes no secret from the arguments, and names the variable where there is none', async () => {
    const given = await acmeAuth(['token', '--client-secret', SECRET], { environment })
    expect([given.code, given.stderr]).toEqual([2, expect.stringContaining('not the secret itself')])
    expect(given.stderr).not.toContain(SECRET)
    const missing = await acmeAuth(['token'], { environment: { ...environment, AUTH0_CLIENT_SECRET: '' } })
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('set AUTH0_CLIENT_SECRET')])
  })
})

it('asks for a secret on a terminal, and shows nothing of it', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  stdin.write(`${SECRET}\n`)
  const code = await run(['token'], { stdin, stdout, stderr, environment: { ...environment, AUTH0_CLIENT_SECRET: '' } })
  const told = `${String(stdout.read())}${String(stderr.read())}`
  expect([code, told.includes('the client secret: '), told.includes(SECRET)]).toEqual([0, true, false])
  expect(issuer.tokenRequests.at(-1)).toMatchObject({ client_secret: SECRET })
})

describe('call and proof', () => {
  let api: Running
  let key: string

  beforeAll(async () => {
    const nonce = { secret: 'a secret of at least 32 characters', mode: 'required' } as const
    api = await startApi({ issuer: issuer.issuer, audience: issuer.audience, dpop: { nonce } })
    key = join(folder, 'call-key.json')
    await acmeAuth(['token', '--dpop', key], { environment })
  })

  afterAll(() => api.close())

  it('calls as Bearer, with a token that it gets', async () => {
    const { code, stdout, stderr } = await acmeAuth(['call', `${api.origin}/me`], { environment })
    expect([code, JSON.parse(stdout)]).toEqual([0, { sub: 'worker' }])
    expect(stderr).toContain('HTTP 200')
  })

  it('calls with DPoP, and answers the demand for a nonce', async () => {
    const answer = await answerOf(['call', `${api.origin}/me`, '--dpop', key], { environment })
    expect(answer).toMatchObject({ status: 200, steps: [{ cause: 'nonce', status: 401 }] })
  })

  it('says why it was refused', async () => {
    const token = await issuer.accessToken({ expiresIn: -60 })
    const { code, stderr } = await acmeAuth(['call', `${api.origin}/me`, '--token', '-'], { environment, stdin: token })
    expect(code).toBe(1)
    expect(stderr).toContain('error="invalid_token"')
    expect(stderr).toMatch(/with the settings here: token_expired: expired \d+ s ago/)
    // There is no other token to come again with.
    expect(stderr).not.toContain('then again')
  })

  it.each([
    ['insufficient_scope', 'scope="$(touch pwned) `id`"', '--scope SCOPES,'],
    ['insufficient_scope', 'scope="read:a https://a.example/b.c"', '--scope "read:a https://a.example/b.c",'],
    ['insufficient_user_authentication', 'acr_values="a;$(id)", max_age="1;id"', '--acr ACR --max-age SECONDS'],
    ['insufficient_user_authentication', 'acr_values="urn:b", max_age="60"', '--acr "urn:b" --max-age 60'],
  ])('names a command to paste in which an API has no command of its own: %s %s', async (error, more, command) => {
    const { origin, close } = await listen((_request, response) => {
      response.writeHead(403, { 'WWW-Authenticate': `Bearer error="${error}", ${more}` }).end()
    })
    const { stderr } = await acmeAuth(['call', origin, '--token', '-'], { stdin: 'abc' })
    await close()
    expect(stderr.slice(stderr.indexOf('Mend this first'))).toContain(command)
    expect(stderr.slice(stderr.indexOf('acme-auth token'))).not.toMatch(/[$`;]/)
  })

  it('says that nobody is there', async () => {
    const args = ['call', `http://127.0.0.1:${await freePort()}/`, '--token', '-']
    const { code, stderr } = await acmeAuth(args, { stdin: 'abc' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing listens there')])
  })

  it('sends no token over plain http, nor to another origin', async () => {
    const { code, stderr } = await acmeAuth(['call', 'http://api.example.com/'], { environment })
    expect([code, stderr]).toEqual([2, expect.stringContaining('no token goes over plain http')])
  })

  it('makes a proof that an API accepts', async () => {
    const plain = await startApi({ issuer: issuer.issuer, audience: issuer.audience })
    const { stdout: token } = await acmeAuth(['token', '--dpop', key], { environment })
    const url = `${plain.origin}/me`
    const { stdout: proof } = await acmeAuth(['proof', '--url', url, '--dpop', key, '--token', '-'], { stdin: token })
    const response = await fetch(url, { headers: { authorization: `DPoP ${token.trim()}`, dpop: proof.trim() } })
    await plain.close()
    expect(response.status).toBe(200)
  })

  it('refuses a file that is no key, and shows nothing of it', async () => {
    const file = join(folder, 'broken.json')
    await writeFile(file, '{"kty":"EC","d":"PRIVATE-PART"', { mode: 0o600 })
    const { code, stderr } = await acmeAuth(['proof', '--url', 'https://api.example.com/', '--dpop', file])
    expect([code, stderr.includes('PRIVATE-PART')]).toEqual([2, false])
    expect(stderr).toContain('is not JSON')
  })
})

/** The URL of the login, as it is told. */
async function urlIn(stream: PassThrough): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    const [, url] = /log in at (\S+)\n/.exec(text) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`no URL in ${text}`)
}
