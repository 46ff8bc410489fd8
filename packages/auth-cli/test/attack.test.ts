import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createAuth } from '@acme/auth-express'
import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import { accepts, freePort } from '@acme/tests-servers'
import express from 'express'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { listen, startApi } from './apis.js'
import type { Running } from './apis.js'
import { acmeAuth, answerOf } from './support.js'
import type { Ran, RunOptions } from './support.js'

const AUDIENCE = 'https://api.example.com'
const SEVEN_KINDS = 7
let folder: string
let issuerPort: number
let issuer: string
const closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-attack-'))
  issuerPort = await freePort()
  issuer = `http://127.0.0.1:${issuerPort}/`
})

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

afterAll(() => rm(folder, { recursive: true }))

const file = (name: string): string => join(folder, name)
const fast = (): string[] => ['--rate', '1000', '--issuer-port', String(issuerPort)]

function attack(url: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
  return acmeAuth(['attack', url, ...fast(), ...args], options)
}

function kept(running: Running): Running {
  closers.push(() => running.close())
  return running
}

/** An API of ours, which trusts the issuer of the attack. */
async function guardedApi(): Promise<string> {
  return `${kept(await startApi({ issuer, audience: AUDIENCE })).origin}/me`
}

/** One that accepts whatever looks like a token. */
async function credulousApi(listener: RequestListener = () => undefined): Promise<string> {
  const { origin } = kept(
    await listen((request, response) => {
      listener(request, response)
      if (response.writableEnded) return
      if (/^Bearer [\w.~+/-]+=*$/i.test(request.headers.authorization ?? '')) response.end('{}')
      else response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="<&>\u0080"' }).end()
    }),
  )
  return `${origin}/me`
}

describe('attack', () => {
  it('is clean on an API of ours', async () => {
    const { code, stdout, stderr } = await attack(await guardedApi())
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 faults, 0 warnings, 2\d\d passed, \d+ skipped$/m)])
    expect(stdout).toMatch(/^http:\/\/127.0.0.1:\d+\/me: Bearer and DPoP, 2\d\d requests$/m)
    expect(stderr).toContain(`AUTH0_ISSUER=${issuer} AUTH0_AUDIENCE=${AUDIENCE}`)
  })

  it('tells of faults of one kind once, with clause, meaning and what mends it', async () => {
    const { code, stdout } = await attack(await credulousApi(), ['--only', 'kinds'])
    expect(code).toBe(1)
    expect(stdout.match(/✗ an? .* token/g)?.length).toBe(SEVEN_KINDS)
    expect(stdout.match(/RFC 9068 §4: it is accepted/g)?.length).toBe(1)
    expect(stdout).toContain('came      200')
    expect(stdout).toMatch(/means {5}a token that was made for something else/)
    expect(stdout).toMatch(/mend {6}demand typ at\+jwt/)
    expect(stdout).toContain(`${SEVEN_KINDS} faults, 0 warnings, 0 passed, 0 skipped\n\nMend this first: an ID token`)
  })

  it('lists all with --verbose, and shows no token', async () => {
    const { stdout, stderr } = await attack(await credulousApi(), ['--verbose'])
    expect(stdout).toMatch(/✓ no credentials {2}RFC 6750 §3.1/)
    expect(stdout + stderr).not.toMatch(/eyJ[\w-]{20,}/)
  })

  it('answers in JSON', async () => {
    const url = await credulousApi()
    const answer = await answerOf(['attack', url, ...fast(), '--only', 'kinds'])
    expect(answer).toMatchObject({
      ok: false,
      url,
      dpop: 'disabled',
      nonces: false,
      scopes: [],
      baseline: { known: [], mended: [] },
    })
    const results = answer['results'] as Record<string, unknown>[] // as the report has it
    expect(results[0]).toEqual({
      area: 'kinds of tokens',
      name: 'an ID token, by at_hash',
      clause: 'RFC 9068 §4',
      outcome: 'failed',
      expected: 'refused: 401, invalid_token',
      came: '200',
      problems: [expect.objectContaining({ level: 'must', kind: 'accepted', clause: 'RFC 9068 §4' })],
    })
  })

  it('signs as the API wants it', async () => {
    const { origin } = kept(await startApi({ issuer, audience: AUDIENCE, algorithms: ['ES256'] }))
    const refused = await attack(`${origin}/me`)
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('a good token is refused with 401')])
    expect(refused.stdout).toContain(`acme-auth doctor --api ${origin}/me says more`)
    const { code, stdout } = await attack(`${origin}/me`, ['--algorithm', 'ES256', '--only', 'tokens'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 faults, 0 warnings/m)])
  })

  it('attacks over TLS, with a certificate of its own', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const auth = createAuth({ issuer, audience: AUDIENCE, onEvent: () => undefined })
    const app = express()
    app.get('/me', auth.requireAuth(), (_request, response) => void response.json({}))
    const server = createServer({ key, cert }, app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(() => resolve())))
    const url = `https://localhost:${(server.address() as AddressInfo).port}/me` // listens on TCP
    await writeFile(file('ca.pem'), cert)

    const { code, stdout } = await attack(url, ['--ca', file('ca.pem')])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Bearer and DPoP')])
    const stranger = await attack(url)
    expect([stranger.code, stranger.stdout]).toEqual([
      1,
      expect.stringContaining('Mend this first: no answer: DEPTH_ZERO_SELF_SIGNED_CERT'),
    ])
  })

  it('is not impressed by who accepts everything', async () => {
    const { code, stdout } = await attack(await credulousApi((_request, response) => void response.end('{}')))
    expect([code, stdout]).toEqual([1, expect.stringContaining('200 without credentials: nothing protects this route')])
  })

  it('says that nothing listens', async () => {
    const { code, stdout } = await attack(`http://127.0.0.1:${await freePort()}/me`)
    expect([code, stdout]).toEqual([1, expect.stringContaining('Mend this first: no answer: ECONNREFUSED')])
  })
})

describe('what an attack does not do', () => {
  it('leave this machine, unless that is said', async () => {
    const { code, stderr } = await attack('http://192.0.2.1/me')
    expect([code, stderr]).toEqual([2, expect.stringContaining('192.0.2.1 is not this machine')])
  })

  it.each([
    [['--rate', '1001'], 'want 1 to 1000'],
    [['--rate', 'fast'], 'want 1 to 1000'],
    [['--timeout', '0'], 'timeout'],
    [['--only', 'everything'], '--only everything: want a part of credentials, access tokens'],
    [['--header', 'x'], '--header: want name:value'],
    [['--header', 'x: a\r\ny: b'], '--header: want name:value'],
    [['--claims', '[]'], '--claims: want -, @file or env:NAME'],
    [['--claims', '{'], '--claims: is not JSON'],
    [['--issuer-port', 'x'], '--issuer-port: want a port number'],
    [['--dpop-key', 'key.json'], '--dpop-key: is that of --token'],
    [['--ca', '/nowhere.pem'], '--ca: ENOENT'],
    [['--baseline', '/nowhere.json'], '--baseline /nowhere.json: ENOENT'],
    [['--update-baseline'], 'want --baseline FILE'],
    [['--token', 'eyJhbGciOiJub25lIn0.e30.AAAA'], '--token: want -, @file or env:NAME'],
  ])('take %j', async (args, message) => {
    const { code, stdout, stderr } = await attack('http://127.0.0.1:1/me', args)
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
    expect(stderr).not.toContain('eyJ')
  })

  it('share the port of its issuer', async () => {
    const other = await startTestIssuer({ port: issuerPort })
    closers.push(() => other.close())
    const { code, stderr } = await attack('http://127.0.0.1:1/me')
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--issuer-port ${issuerPort}: listen EADDRINUSE`)])
  })
})

describe('--start', () => {
  const script = fileURLToPath(new URL('apps/served.mjs', import.meta.url))
  const command = (port: number, fault = ''): string => `"${process.execPath}" "${script}" ${port} ${fault}`

  it('starts the API with its settings, learns the scope, and ends it', async () => {
    const port = await freePort()
    const args = ['--start', command(port), '--only', 'requirements']
    // Of the shell that it is called from: another issuer, which is not meant.
    const environment = { ...process.env, AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://own.example.com' }
    const { code, stdout } = await attack(`http://127.0.0.1:${port}/messages`, args, { environment })
    expect([code, stdout]).toEqual([0, expect.stringContaining('Bearer and DPoP, scope read:messages')])
    expect(await accepts(port)).toBe(false)
  })

  it('names what ended it', async () => {
    const port = await freePort()
    const { code, stdout } = await attack(`http://127.0.0.1:${port}/me`, ['--start', command(port, 'crashes')], {
      environment: process.env,
    })
    expect(code).toBe(1)
    expect(stdout).toContain('Mend this first: the API is gone after: four segments')
    expect(stdout).toContain('no answer: ')
  })

  it('says why it did not start, or that something else is there', async () => {
    const port = await freePort()
    const args = ['--start', command(port, 'ends')]
    const ended = await attack(`http://127.0.0.1:${port}/me`, args, { environment: process.env })
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('it ended before it listened: no database')])
    const other = await attack(await guardedApi(), args)
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('something listens at 127.0.0.1')])
  })
})

describe('--token', () => {
  it('is enough, with its key, where the issuer is another', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    closers.push(() => own.close())
    const { origin } = kept(await startApi({ issuer: own.issuer, audience: AUDIENCE }))
    const key = await createTestKey('ES256')
    const token = await own.accessToken({ jkt: key.thumbprint })
    await writeFile(file('key.json'), JSON.stringify(await crypto.subtle.exportKey('jwk', key.privateKey)))
    const { code, stdout, stderr } = await attack(
      `${origin}/me`,
      ['--token', 'env:TOKEN', '--dpop-key', file('key.json')],
      {
        environment: { TOKEN: token },
      },
    )
    expect([code, stdout]).toEqual([0, expect.stringContaining('DPoP alone')])
    expect(stdout).toMatch(/– \d+ skipped: a token like that is signed by the issuer, whose key is not at hand/)
    expect(stdout + stderr).not.toContain(token.slice(0, 40))
  })
})

describe('--baseline', () => {
  const kinds = ['--only', 'kinds']

  it('makes known faults count no more, and mended ones', async () => {
    const [url, baseline] = [await credulousApi(), file('baseline.json')]
    const written = await attack(url, [...kinds, '--baseline', baseline, '--update-baseline'])
    expect(written.code).toBe(0)
    const { expectedFailures } = JSON.parse(await readFile(baseline, 'utf8')) as { expectedFailures: string[] } // as written
    expect(expectedFailures).toHaveLength(SEVEN_KINDS)

    const known = await attack(url, [...kinds, '--baseline', baseline])
    expect([known.code, known.stdout]).toEqual([0, expect.stringContaining('0 faults, 7 known')])
    expect(known.stdout).toContain('✗ a logout token (known)')

    await writeFile(baseline, JSON.stringify({ expectedFailures: expectedFailures.slice(1) }))
    const fresh = await attack(url, [...kinds, '--baseline', baseline])
    expect([fresh.code, fresh.stdout]).toEqual([1, expect.stringContaining('1 fault, 6 known')])

    await writeFile(baseline, JSON.stringify({ expectedFailures }))
    const mended = await attack(await guardedApi(), [...kinds, '--baseline', baseline])
    expect([mended.code, mended.stdout]).toEqual([
      1,
      expect.stringContaining('Mended: kinds of tokens: a logout token: take it out of the baseline'),
    ])
  })

  it('says nothing of what was not tried', async () => {
    const baseline = file('other.json')
    await writeFile(baseline, JSON.stringify({ expectedFailures: ['access tokens: exp is missing'] }))
    expect((await attack(await guardedApi(), [...kinds, '--baseline', baseline])).code).toBe(0)
  })

  it('is not written in CI, nor after an attack that was stopped', async () => {
    const baseline = file('ci.json')
    const args = ['--baseline', baseline, '--update-baseline']
    const inCi = await attack(await credulousApi(), args, { environment: { CI: 'true' } })
    expect([inCi.code, inCi.stderr]).toEqual([2, expect.stringContaining('not in CI')])
    expect((await attack(`http://127.0.0.1:${await freePort()}/me`, args)).code).toBe(1)
    await expect(readFile(baseline)).rejects.toThrow('ENOENT')
  })

  it.each(['[]', '{"expectedFailures":[1]}', '{'])('is not %s', async (text) => {
    await writeFile(file('bad.json'), text)
    const { code, stderr } = await attack('http://127.0.0.1:1/me', ['--baseline', file('bad.json')])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--baseline')])
  })
})

describe('--junit', () => {
  it('is XML, whatever came, with each case', async () => {
    const url = await credulousApi()
    const { code, stdout } = await attack(url, ['--junit', file('attack.xml')])
    const xml = await readFile(file('attack.xml'), 'utf8')
    expect([code, XMLValidator.validate(xml)]).toEqual([1, true])
    const parsed: unknown = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml)
    const { testsuites } = parsed as { testsuites: { name: string; testsuite: Record<string, string>[] } } // as JUnit has it
    expect(testsuites.name).toBe(url)
    const sum = (name: string): number => testsuites.testsuite.reduce((all, one) => all + Number(one[name]), 0)
    const [faults, , passed] = /^(\d+) faults, (\d+) warnings?, (\d+) passed/m.exec(stdout)?.slice(1).map(Number) ?? []
    expect([sum('failures'), sum('tests') - sum('skipped') >= Number(passed)]).toEqual([faults, true])
    expect(testsuites.testsuite.map(({ name }) => name)).toContain('kinds of tokens')
  })

  it('tells of an attack that was stopped', async () => {
    await attack(`http://127.0.0.1:${await freePort()}/me`, ['--junit', file('down.xml')])
    const xml = await readFile(file('down.xml'), 'utf8')
    expect([XMLValidator.validate(xml), xml]).toEqual([true, expect.stringContaining('no answer: ECONNREFUSED')])
  })
})
