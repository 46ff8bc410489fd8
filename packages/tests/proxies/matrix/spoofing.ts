import { describe, expect, it } from 'vitest'

import { call, expectAccepted, expectRefused, publicUrl } from './support/call.js'
import { sendHttp2 } from './support/client.js'
import type { Header } from './support/client.js'
import { DOCUMENTED, HOST, PUBLISHED } from './support/fronts.js'
import { API_NAMES } from './support/programs.js'
import type { Stage } from './support/stage.js'

/** What a client says of itself, and the URL that it would like the API to believe in. */
interface Spoof {
  readonly name: string
  readonly headers: readonly Header[]
  readonly claims: (url: URL) => string
}

const evil = (url: URL): string => `https://evil.example.com${url.pathname}`
const evilList = 'evil.example.com, evil.example.com, evil.example.com'
const legacy: readonly Header[] = [
  ['X-Forwarded-Host', 'evil.example.com'],
  ['X-Forwarded-Proto', 'https'],
]

const SPOOFS: readonly Spoof[] = [
  { name: 'X-Forwarded-Host', headers: legacy, claims: evil },
  { name: 'X-Forwarded-Host, twice', headers: [...legacy, ...legacy], claims: evil },
  { name: 'X-Forwarded-Host, a list', headers: [['X-Forwarded-Host', evilList]], claims: evil },
  {
    name: 'X-Forwarded-Host and a trusted address in X-Forwarded-For',
    headers: [...legacy, ['X-Forwarded-For', '127.0.0.1, 127.0.0.1, 127.0.0.1']],
    claims: evil,
  },
  {
    name: 'X-Forwarded-Proto',
    headers: [['X-Forwarded-Proto', 'http']],
    claims: (url) => url.href.replace('https:', 'http:'),
  },
  {
    name: 'X-Forwarded-Port',
    headers: [['X-Forwarded-Port', '4443']],
    claims: (url) => `https://${url.hostname}:4443${url.pathname}`,
  },
  {
    name: 'X-Forwarded-Prefix',
    headers: [['X-Forwarded-Prefix', '/evil']],
    claims: (url) => `${url.origin}/evil${url.pathname}`,
  },
  {
    name: 'X-Forwarded-Prefix /',
    headers: [['X-Forwarded-Prefix', '/']],
    claims: (url) => `${url.origin}${url.pathname.replace('/v1', '')}`,
  },
  { name: 'Forwarded', headers: [['Forwarded', 'for=127.0.0.1;host=evil.example.com;proto=https']], claims: evil },
  {
    name: 'Forwarded that ends in an open quote',
    headers: [['Forwarded', 'host=evil.example.com;proto=https, for="']],
    claims: evil,
  },
  {
    name: 'both families',
    headers: [...legacy, ['Forwarded', 'for=127.0.0.1;host=evil.example.com;proto=https']],
    claims: evil,
  },
  {
    name: 'names that are almost the same',
    headers: [
      ['X_Forwarded_Host', 'evil.example.com'],
      ['X-Original-Host', 'evil.example.com'],
      ['X-Forwarded-Server', 'evil.example.com'],
      ['X-Original-URL', '/evil'],
    ],
    claims: evil,
  },
  {
    name: 'Connection',
    headers: [['Connection', 'close, X-Forwarded-Host, X-Forwarded-Proto, Forwarded']],
    claims: evil,
  },
]

// HTTP/2 has no such header (RFC 9113 §8.2.2).
const SPOOFS_HTTP2 = SPOOFS.filter(({ name }) => name !== 'Connection')

/** RFC 9449 §4.3 check 9 is worth something only when no client can say which URL it is held against. */
export function describeSpoofing(running: () => Stage): void {
  describe.each([...DOCUMENTED, ...PUBLISHED])('a client that forges headers: $name', (front) => {
    describe.each(API_NAMES)('%s', (api) => {
      it.each(SPOOFS)('$name', async ({ headers, claims }) => {
        const url = publicUrl(running(), front, api)
        const proofFor = claims(new URL(url))
        if (proofFor !== url) expectRefused(await call(running(), { front, api, headers, proofFor }), 'DPOP_6009')
        expectAccepted(await call(running(), { front, api, headers }))
      })

      it.each(SPOOFS_HTTP2)('$name, over HTTP/2', async ({ headers, claims }) => {
        const by = sendHttp2
        const url = publicUrl(running(), front, api)
        const proofFor = claims(new URL(url))
        if (proofFor !== url) expectRefused(await call(running(), { front, api, headers, proofFor, by }), 'DPOP_6009')
        expectAccepted(await call(running(), { front, api, headers, by }))
      })

      it.each(['evil.example.com', `${HOST}.evil.example.com`, '127.0.0.1', 'evil.example.com:443'])(
        'another Host is turned away by the proxy: %s',
        async (host) => {
          const proofFor = `https://${host}${front.prefix}/api/private`
          const { status } = await call(running(), { front, api, host, proofFor })
          expect(status).toBe(421)
          const http2 = await call(running(), { front, api, host, proofFor, by: sendHttp2 })
          expect(http2.status).toBe(421)
        },
      )

      it('a port in Host that is not its own', async () => {
        const host = `${HOST}:4443`
        const proofFor = `https://${host}${front.prefix}/api/private`
        expectRefused(await call(running(), { front, api, host, proofFor }), 'DPOP_6009')
        expectAccepted(await call(running(), { front, api, host }))
      })

      // RFC 9112 §3.2.2: the target's name counts, not that of Host. HAProxy turns such requests away.
      it('a target with one name, and another Host', async () => {
        const own = publicUrl(running(), front, api)
        const other = evil(new URL(own))
        const attacks = [
          { target: other, proofFor: other },
          { target: own, host: 'evil.example.com', proofFor: other },
        ]
        for (const attack of attacks) {
          const { status } = await call(running(), { front, api, ...attack })
          expect([400, 421]).toContain(status)
        }
      })
    })
  })

  // RFC 3986 §6.2.2.3: it is equal to the path without the prefix, which is another API's.
  describe.each(DOCUMENTED.filter(({ prefix }) => prefix !== ''))('a path that leaves the prefix: $name', (front) => {
    const cases = API_NAMES.flatMap((api) => ['..', '%2e%2e', '.%2E', 'x/..%2f..'].map((dots) => [api, dots] as const))
    it.each(cases)('%s: %s', async (api, dots) => {
      const proofFor = publicUrl(running(), front, api).replace(front.prefix, '')
      const { status } = await call(running(), { front, api, target: `${front.prefix}/${dots}/api/private`, proofFor })
      expect([400, 404]).toContain(status)
    })
  })
}
