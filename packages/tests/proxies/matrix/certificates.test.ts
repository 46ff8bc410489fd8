import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import type { SampleProcess } from '@acme/sample-api/suite'
import { freePorts } from '@acme/tests-servers'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { writeCertificate } from './support/certificate.js'
import { send, sendHttp2 } from './support/client.js'
import type { Header, Incoming, Outgoing } from './support/client.js'
import { configuration, haproxyMain, nginxMain, place } from './support/configuration.js'
import { startDaemon } from './support/daemon.js'
import { HOST } from './support/fronts.js'
import { API_NAMES, startApi } from './support/programs.js'
import type { ApiName } from './support/programs.js'

interface Identity {
  readonly key: string
  readonly cert: string
}

// As the guide has them: each proxy by its own format.
const PROXIES = {
  nginx: { file: 'nginx/mtls.conf', variable: 'escaped-pem:X-Client-Cert', header: 'X-Client-Cert' },
  HAProxy: { file: 'haproxy/mtls.cfg', variable: 'rfc9440', header: 'Client-Cert' },
} as const
type ProxyName = keyof typeof PROXIES
const PROXY_NAMES = ['nginx', 'HAProxy'] as const

const PAIRS = PROXY_NAMES.flatMap((proxy) => API_NAMES.map((api) => [proxy, api] as const))

const closers: (() => Promise<unknown>)[] = []
const apis = new Map<string, SampleProcess>()
const ports = new Map<string, number>()
let issuer: ListeningTestIssuer
let ca: string
let client: Identity
let other: Identity

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  closers.push(() => rm(folder, { recursive: true }))
  issuer = await startTestIssuer({ algorithm: 'ES256' })
  closers.push(() => issuer.close())
  ca = await writeCertificate(join(folder, 'tls'))
  ;[client, other] = await Promise.all([identity('client'), identity('other')])
  await writeFile(join(folder, 'tls/clients.pem'), ca)
  await writeFile(join(folder, 'forwarded-headers.conf'), configuration('nginx/forwarded-headers.conf'))
  const free = await freePorts(PAIRS.length)
  await Promise.all(
    PAIRS.map(async ([proxy, api], index) => {
      ports.set(`${proxy} ${api}`, free[index] ?? 0)
      const env = {
        AUTH0_ISSUER: issuer.issuer,
        AUTH0_AUDIENCE: issuer.audience,
        CLIENT_CERTIFICATE: PROXIES[proxy].variable,
      }
      const program = await startApi(api, 'trusting', env)
      closers.unshift(() => program.stop('SIGTERM'))
      apis.set(`${proxy} ${api}`, program)
    }),
  )
  for (const proxy of PROXY_NAMES) await startProxy(proxy, folder)
})

afterAll(async () => {
  for (const close of closers) await close()
})

async function startProxy(proxy: ProxyName, folder: string): Promise<void> {
  const parts = API_NAMES.map((api) => {
    const port = portOf(proxy, api)
    return place(configuration(PROXIES[proxy].file), {
      port,
      upstream: new URL(apiOf(proxy, api).origin).host,
      folder,
      name: `api-${port}`,
    })
  })
  const file = join(folder, `${proxy}.conf`)
  await writeFile(file, proxy === 'nginx' ? nginxMain(folder, parts) : haproxyMain(parts))
  const args = proxy === 'nginx' ? ['-e', 'stderr', '-p', folder, '-c', file] : ['-db', '-f', file]
  const command = proxy.toLowerCase()
  const daemon = await startDaemon({
    command,
    args,
    debianPackage: command,
    ports: API_NAMES.map((api) => portOf(proxy, api)),
  })
  closers.unshift(() => daemon.stop())
}

function portOf(proxy: ProxyName, api: ApiName): number {
  return ports.get(`${proxy} ${api}`) ?? 0
}

function apiOf(proxy: ProxyName, api: ApiName): SampleProcess {
  const found = apis.get(`${proxy} ${api}`)
  if (found === undefined) throw new Error(`${api} was not started`)
  return found
}

async function identity(commonName: string): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: commonName }], { keyType: 'ec', algorithm: 'sha256' })
  return { key: made.private, cert: made.cert }
}

/** A token that is bound to the client's certificate (RFC 8705 §3.1). */
async function bound(): Promise<Header> {
  const x5t = createHash('sha256').update(new X509Certificate(client.cert).raw).digest('base64url')
  return ['Authorization', `Bearer ${await issuer.accessToken({ claims: { cnf: { 'x5t#S256': x5t } } })}`]
}

/** The client's certificate in a form that this API reads, as anybody can send it who has seen it once. */
function forgedBy(proxy: ProxyName): string {
  const der = new X509Certificate(client.cert).raw
  return proxy === 'nginx' ? encodeURIComponent(client.cert) : `:${der.toString('base64')}:`
}

interface Sent {
  readonly own?: Identity | undefined
  readonly headers?: readonly Header[]
  readonly by?: (outgoing: Outgoing) => Promise<Incoming>
}

async function answerOf(proxy: ProxyName, api: ApiName, { own, headers = [], by = send }: Sent): Promise<string> {
  const url = `https://${HOST}:${portOf(proxy, api)}/api/private`
  const { status, body } = await by({
    method: 'GET',
    url,
    ca,
    headers: [await bound(), ...headers],
    ...(own && { tls: own }),
  })
  const { code, sub } = JSON.parse(body) as { readonly code?: string; readonly sub?: string } // of the route, or of a refusal
  return `${status} ${code ?? sub ?? ''}`
}

describe.each(PAIRS)('behind %s, on %s', (proxy, api) => {
  const { header } = PROXIES[proxy]

  it.each([
    ['HTTP/1.1', send],
    ['HTTP/2', sendHttp2],
  ] as const)('accepts a token with its certificate, over %s', async (_, by) => {
    expect(await answerOf(proxy, api, { own: client, by })).toBe('200 user-1')
  })

  it('RFC 8705 §3: refuses another certificate, and none', async () => {
    expect(await answerOf(proxy, api, { own: other })).toBe('401 AUTH_1017')
    expect(await answerOf(proxy, api, {})).toBe('401 AUTH_1015')
  })

  it.each<[string, (name: string, value: string) => readonly Header[]]>([
    ['the header', (name, value) => [[name, value]]],
    ['the header in lower case', (name, value) => [[name.toLowerCase(), value]]],
    [
      'the header twice',
      (name, value) => [
        [name, value],
        [name, value],
      ],
    ],
    ['the header with underscores', (name, value) => [[name.replaceAll('-', '_'), value]]],
    [
      'the header, named by Connection',
      (name, value) => [
        [name, value],
        ['Connection', `close, ${name}`],
      ],
    ],
    [
      'every name there is for it',
      (_name, value) =>
        ['Client-Cert', 'X-Client-Cert', 'X-SSL-Cert', 'X-Forwarded-Client-Cert'].map((one) => [one, value]),
    ],
  ])('RFC 9440 §4: a client forges %s', async (_, headersOf) => {
    const headers = headersOf(header, forgedBy(proxy))
    expect(await answerOf(proxy, api, { headers })).toBe('401 AUTH_1015')
    expect(await answerOf(proxy, api, { headers, own: other })).toBe('401 AUTH_1017')
    expect(await answerOf(proxy, api, { headers, own: client })).toBe('200 user-1')
  })

  it('a client that reaches the API around the proxy is believed nothing', async () => {
    const url = `${apiOf(proxy, api).origin}/api/private`
    const headers: readonly Header[] = [await bound(), [header, forgedBy(proxy)], ['X-Forwarded-For', '127.0.0.1']]
    const { status, body } = await send({ method: 'GET', url, headers, ca })
    expect([status, body]).toEqual([401, expect.stringContaining('"code":"AUTH_1015"')])
  })

  it('a garbage header harms nobody', async () => {
    for (const value of ['x', ':'.repeat(4000), '%'.repeat(4000), '-----BEGIN CERTIFICATE-----'.repeat(200)]) {
      expect(await answerOf(proxy, api, { headers: [[header, value]] })).toBe('401 AUTH_1015')
    }
    expect(await answerOf(proxy, api, { own: client })).toBe('200 user-1')
  })
})
