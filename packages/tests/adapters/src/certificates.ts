import { createHash, X509Certificate } from 'node:crypto'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'

import { createProof, createTestKey } from '@acme/auth-testing'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld } from './support.js'
import type { Header, World } from './support.js'

/** For `https.createServer` and what is built on it. */
export interface TlsOptions {
  readonly key: string
  readonly cert: string
  readonly requestCert: true
  /** RFC 8705 §6.2: the chain does not matter. */
  readonly rejectUnauthorized: false
}

/** An application over TLS whose route `/any` is guarded, with `mtls: { certificate: 'connection' }`. */
export interface TlsServer {
  readonly port: number
  close(): Promise<void>
}

export interface TlsServerOptions {
  readonly tls: TlsOptions
  readonly auth: World['options'] & { readonly mtls: { readonly certificate: 'connection' } }
}

interface Identity {
  readonly key: string
  readonly cert: string
}

interface Seen {
  readonly status: number
  readonly code: unknown
  readonly sub: unknown
}

/** Access tokens that are bound to the certificate of a TLS connection (RFC 8705 §3): the same on all frameworks. */
export function describeCertificates(
  framework: string,
  start: (options: TlsServerOptions) => Promise<TlsServer>,
  { http2 = false }: { readonly http2?: boolean } = {},
): void {
  describe(`client certificates of TLS connections to ${framework}`, () => {
    let world: World
    let server: TlsServer
    let client: Identity
    let other: Identity
    let token: string
    beforeAll(async () => {
      world = await createWorld()
      ;[client, other] = await Promise.all([identity('client'), identity('other')])
      const { key, cert } = await identity('127.0.0.1')
      const tls = { key, cert, requestCert: true, rejectUnauthorized: false } as const
      const mtls = { certificate: 'connection' } as const
      server = await start({ tls, auth: { ...world.options, mtls } })
      token = await world.issuer.accessToken({ claims: { cnf: { 'x5t#S256': thumbprintOf(client) } } })
    })
    afterAll(async () => {
      await server.close()
      await world.issuer.close()
    })

    const bearer = (): Header[] => [['Authorization', `Bearer ${token}`]]
    const send = (headers: readonly Header[], own: Identity | undefined, more: object = {}): Promise<Seen> =>
      ask(server.port, headers, { ...own, ...more })

    it.each(['TLSv1.3', 'TLSv1.2'] as const)('%s: with the certificate that the token is bound to', async (version) => {
      expect(await send(bearer(), client, { minVersion: version, maxVersion: version })).toEqual(ACCEPTED)
    })

    it.each<[string, () => Identity | undefined, string]>([
      ['another one', () => other, 'AUTH_1017'],
      ['none', () => undefined, 'AUTH_1015'],
    ])('RFC 8705 §3: with %s', async (_, own, code) => {
      expect(await send(bearer(), own())).toEqual({ status: 401, code, sub: undefined })
    })

    it('a certificate in a header is none', async () => {
      const forged: Header = ['Client-Cert', `:${derOf(client).toString('base64')}:`]
      expect(await send([...bearer(), forged], undefined)).toMatchObject({ status: 401, code: 'AUTH_1015' })
      expect(await send([...bearer(), forged], other)).toMatchObject({ status: 401, code: 'AUTH_1017' })
    })

    it('on a connection that is kept, each request is judged', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1, ...client })
      const plain: Header[] = await world.bearer()
      try {
        expect(await send(bearer(), undefined, { agent })).toEqual(ACCEPTED)
        expect(await send(plain, undefined, { agent })).toEqual(ACCEPTED)
        expect(await send(bearer(), undefined, { agent })).toEqual(ACCEPTED)
      } finally {
        agent.destroy()
      }
    })

    it('on a session that is resumed, it is still known (RFC 8446 §2.2)', async () => {
      const session = await sessionOf(server.port, client)
      const sockets: TLSSocket[] = []
      const createConnection = (): TLSSocket => {
        const socket = connectTls({
          port: server.port,
          host: '127.0.0.1',
          rejectUnauthorized: false,
          session,
          ...client,
        })
        sockets.push(socket)
        return socket
      }
      expect(await send(bearer(), undefined, { agent: undefined, createConnection })).toEqual(ACCEPTED)
      expect(sockets[0]?.isSessionReused()).toBe(true)
    })

    it('beside a DPoP proof, both are checked', async () => {
      const key = await createTestKey('ES256')
      const cnf = { jkt: key.thumbprint, 'x5t#S256': thumbprintOf(client) }
      const accessToken = await world.issuer.accessToken({ claims: { cnf } })
      const url = `https://127.0.0.1:${server.port}/any`
      const headers = async (): Promise<Header[]> => [
        ['Authorization', `DPoP ${accessToken}`],
        ['DPoP', await createProof({ key, url, accessToken })],
      ]
      expect(await send(await headers(), client)).toEqual(ACCEPTED)
      expect(await send(await headers(), other)).toMatchObject({ status: 401, code: 'AUTH_1017' })
      expect(await send([['Authorization', `DPoP ${accessToken}`]], client)).toMatchObject({ code: 'DPOP_6001' })
      expect(await send([['Authorization', `Bearer ${accessToken}`]], client)).toMatchObject({ code: 'AUTH_1004' })
    })

    if (!http2) return
    it('over HTTP/2', async () => {
      expect(await askHttp2(server.port, bearer(), client)).toEqual(ACCEPTED)
      expect(await askHttp2(server.port, bearer(), other)).toMatchObject({ status: 401, code: 'AUTH_1017' })
    })
  })
}

const ACCEPTED: Seen = { status: 200, code: undefined, sub: 'user-1' }

async function identity(commonName: string): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: commonName }], { keyType: 'ec', algorithm: 'sha256' })
  return { key: made.private, cert: made.cert }
}

function derOf({ cert }: Identity): Buffer {
  return new X509Certificate(cert).raw
}

/** RFC 8705 §3.1. */
function thumbprintOf(one: Identity): string {
  return createHash('sha256').update(derOf(one)).digest('base64url')
}

async function ask(port: number, headers: readonly Header[], tls: object): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/any', rejectUnauthorized: false, agent: false, ...tls }
    requestHttps({ ...options, headers: Object.fromEntries(headers) }, (response) => {
      text(response).then((body) => resolve(seen(response.statusCode ?? 0, body)), reject)
    })
      .on('error', reject)
      .end()
  })
}

async function askHttp2(port: number, headers: readonly Header[], tls: Identity): Promise<Seen> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...tls })
  try {
    const own: Record<string, string> = { ':path': '/any' }
    for (const [name, value] of headers) own[name.toLowerCase()] = value
    const stream = session.request(own)
    const status = await new Promise<number>((resolve, reject) => {
      session.on('error', reject)
      stream.on('error', reject)
      stream.on('response', (answer) => resolve(Number(answer[':status'])))
    })
    return seen(status, await text(stream))
  } finally {
    session.destroy()
  }
}

function seen(status: number, body: string): Seen {
  const { code, sub } = JSON.parse(body) as Partial<Seen> // of the route, or of a refusal
  return { status, code, sub }
}

/** What a client resumes a connection with: TLS 1.3 sends it after the handshake. */
async function sessionOf(port: number, tls: Identity): Promise<Buffer> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...tls })
  try {
    return await new Promise<Buffer>((resolve, reject) => socket.on('error', reject).once('session', resolve))
  } finally {
    socket.destroy()
  }
}
