import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { afterAll, describe, expect, it } from 'vitest'

const AUDIENCE = 'https://api.test/'
const issuer = await startTestIssuer({ audience: AUDIENCE })
afterAll(() => issuer.close())
const key = await createTestKey('ES256')

/** Of all that must appear nowhere, by what it is. */
const secrets = new Map<string, string>()

function secret(what: string, text: string = randomBytes(24).toString('base64url')): string {
  secrets.set(`${what} ${secrets.size}`, text)
  return text
}

const NONCE_SECRET = secret('nonce secret', randomBytes(32).toString('base64url'))
const CLIENT_SECRET = secret('client secret')

async function token(options: Parameters<typeof issuer.accessToken>[0] = {}): Promise<string> {
  return secret('token', await issuer.accessToken({ scope: 'read:messages', ...options }))
}

/** Headers as they are, in the order and number given. */
function send(
  url: string,
  headers: readonly (readonly [string, string])[],
  path = '/messages',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response))
    })
    sent.on('error', reject)
    for (const name of new Set(headers.map(([one]) => one))) {
      sent.setHeader(
        name,
        headers.filter(([one]) => one === name).map(([, value]) => value),
      )
    }
    sent.end()
  })
}

const statusOf = async (...args: Parameters<typeof send>): Promise<number | undefined> =>
  (await send(...args)).statusCode

/** A request with DPoP, with a nonce of the server. Its status, and what was sent. */
async function withProof(url: string): Promise<{ status: number | undefined; headers: (readonly [string, string])[] }> {
  const accessToken = await token({ jkt: key.thumbprint })
  const claim = { key, url: `${url}/messages`, accessToken }
  const authorization = ['Authorization', `DPoP ${accessToken}`] as const
  const first = await send(url, [authorization, ['DPoP', secret('proof', await createProof(claim))]])
  const nonce = secret('nonce', String(first.headers['dpop-nonce']))
  const headers = [authorization, ['DPoP', secret('proof', await createProof({ ...claim, nonce }))] as const]
  return { headers, status: await statusOf(url, headers) }
}

async function accepted(url: string): Promise<void> {
  const authorization = ['Authorization', `Bearer ${await token()}`] as const
  for (let time = 0; time < 3; time += 1) expect(await statusOf(url, [authorization])).toBe(200)
  const { status, headers } = await withProof(url)
  expect([status, await statusOf(url, headers)]).toEqual([200, 400])
  // Tokens where none belongs, beside a good one.
  expect(await statusOf(url, [authorization], `/messages?access_token=${await token()}`)).toBe(200)
  const further = ['Cookie', 'X-Api-Key', 'X-Access-Token', 'Proxy-Authorization', 'Referer'] as const
  for (const name of further) {
    const value =
      name === 'Referer'
        ? `https://app.test/cb?code=${secret('code')}#token=${secret('fragment')}`
        : `session=${secret(name)}`
    expect(await statusOf(url, [authorization, [name, value]])).toBe(200)
  }
  const offered = ['Sec-WebSocket-Protocol', `auth0-token, ${await token()}`] as const
  expect(await statusOf(url, [authorization, offered])).toBe(200)
  await handshakes(url, authorization)
}

/** A WebSocket with its token as a subprotocol, and tickets: good, used before, made up, and beside a token. */
async function handshakes(url: string, authorization: readonly [string, string]): Promise<void> {
  const upgrade = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ] as const
  for (const offered of [`auth0-token, ${await token()}`, `${await token()}, auth0-token`]) {
    const status = await statusOf(url, [...upgrade, ['Sec-WebSocket-Protocol', offered]])
    expect(status).toBe(offered.startsWith('auth0-token') ? 200 : 400)
  }
  const bought = await fetch(`${url}/ticket`, { headers: [[...authorization]] })
  const { ticket } = (await bought.json()) as { ticket: string } // an IssuedTicket
  const path = `/messages?auth0_ticket=${secret('ticket', ticket)}`
  expect([await statusOf(url, [], path), await statusOf(url, [], path)]).toEqual([200, 401])
  expect(await statusOf(url, [authorization], path)).toBe(400)
  expect(await statusOf(url, [], `/messages?auth0_ticket=${secret('made-up ticket')}`)).toBe(401)
}

async function refused(url: string): Promise<void> {
  const good = await token()
  const [header = '', payload = '', signature = ''] = good.split('.')
  const authorizations = [
    `Bearer ${await token({ expiresIn: -600 })}`,
    `Bearer ${await token({ signature: 'flipped' })}`,
    `Bearer ${await token({ scope: 'other' })}`,
    `Bearer ${await token({ claims: { aud: 'https://other.test/' } })}`,
    `Bearer ${await token({ claims: { iss: 'https://other.test/' } })}`,
    `Bearer ${await token({ jkt: key.thumbprint })}`,
    `Bearer ${await token({ header: { kid: 'made-up' } })}`,
    `Bearer ${await token({ header: { typ: 'secevent+jwt' } })}`,
    `Bearer ${await token({ rawPayload: '{"not json' })}`,
    `Bearer ${header}.${payload}.`,
    `Bearer ${header}.${payload}`,
    `Bearer ${header}..${signature}`,
    `Bearer ${good} ${secret('second word')}`,
    `Bearer ${good}=`,
    `Bearer "${good}"`,
    `bearer:${good}`,
    `Token ${await token()}`,
    `Basic ${secret('basic')}`,
    secret('no scheme'),
    await token(),
    `DPoP ${await token()}`,
    `Bearer ${secret('opaque token')}`,
    `Bearer ${'x'.repeat(17 * 1024)}${secret('large token')}`,
  ]
  for (const authorization of authorizations) {
    const status = await statusOf(url, [['Authorization', authorization]])
    expect([400, 401, 403], authorization).toContain(status)
  }
  const twice = [
    ['Authorization', `Bearer ${await token()}`],
    ['Authorization', `Bearer ${await token()}`],
  ] as const
  expect(await statusOf(url, twice)).toBe(400)
  expect(await statusOf(url, [], `/messages?access_token=${await token()}#${secret('fragment')}`)).toBe(401)
  await refusedProofs(url)
}

async function refusedProofs(url: string): Promise<void> {
  const accessToken = await token({ jkt: key.thumbprint })
  const claim = { key, url: `${url}/messages`, accessToken }
  const proofs = [
    await createProof({ ...claim, url: 'https://other.test/?secret=in' }),
    await createProof({ ...claim, key: await createTestKey('ES256') }),
    await createProof({ ...claim, signature: 'flipped' }),
    await createProof({ ...claim, accessToken: await token() }),
    await createProof({ ...claim, nonce: secret('made-up nonce') }),
    await createProof({ ...claim, rawPayload: `{"jti": ${secret('jti')}` }),
    `${await createProof(claim)}.${secret('fourth segment')}`,
    secret('no proof'),
  ]
  for (const proof of proofs) {
    const headers = [
      ['Authorization', `DPoP ${accessToken}`],
      ['DPoP', secret('proof', proof)],
    ] as const
    expect([400, 401], proof).toContain(await statusOf(url, headers))
  }
}

/** What an endpoint that fails, or lies, sends back must not be logged either. */
async function unavailable(url: string): Promise<void> {
  issuer.fail('introspection', { status: 500, body: `no: ${CLIENT_SECRET}` })
  expect(await statusOf(url, [['Authorization', `Bearer ${secret('opaque token')}`]])).toBe(503)
  issuer.fail('introspection', undefined)
}

/** All texts of this length that a secret has in it: any of them is enough to find it again. */
function partsOf(text: string, length = 12): string[] {
  return Array.from({ length: Math.max(1, text.length - length + 1) }, (_one, at) => text.slice(at, at + length))
}

/** What the APIs write to stdout and stderr while they are sent all that. */
async function outputOf(variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = fileURLToPath(new URL('logged-apis.mjs', import.meta.url))
  const own = {
    ISSUER: issuer.issuer,
    AUDIENCE,
    NONCE_SECRET,
    CLIENT_SECRET,
    NODE_ENV: 'development',
    DEBUG: 'acme-auth',
  }
  const env = { ...process.env, ...own, ...variables }
  const apis = fork(script, {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--max-http-header-size=65536'],
  })
  let output = ''
  for (const stream of [apis.stdout, apis.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const closed = once(apis, 'close')
  const [urls] = (await once(apis, 'message')) as [string[]] // what the script sends
  expect(urls).toHaveLength(3)
  for (const url of urls) {
    await accepted(url)
    await refused(url)
    await unavailable(url)
  }
  apis.send('end')
  await closed
  return output
}

/** The secrets of which a part is in a text. */
function foundIn(output: string): string[] {
  const windows = new Set(partsOf(output))
  return [...secrets].filter(([, text]) => partsOf(text).some((part) => windows.has(part))).map(([what]) => what)
}

describe('no secret', () => {
  it('is in what is logged, traced and counted of accepted and refused requests', async () => {
    const output = await outputOf()
    expect(foundIn(output)).toEqual([])
    expect(secrets.size).toBeGreaterThan(150)
    // There was something to look in.
    const decided = ['"event":"auth.decision"', 'acme-auth: refused', '"request completed"', "'enduser.id': 'user-1'"]
    for (const kind of [...decided, 'acme_auth_decisions_total{']) {
      expect(output.split(kind).length, kind).toBeGreaterThan(20)
    }
  })

  it('is overlooked: without the list they are found, of every kind that is sent', async () => {
    const found = foundIn(await outputOf({ REDACT: 'off' })).map((what) => what.replace(/ \d+$/, ''))
    // Never sent, or encoded in a proof.
    const unseen = ['client secret', 'jti', 'made-up nonce', 'nonce secret']
    const kinds = [...secrets.keys()].map((what) => what.replace(/ \d+$/, ''))
    expect([...new Set(kinds)].filter((kind) => !found.includes(kind)).toSorted()).toEqual(unseen)
  })
})
