import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { startSample } from './process.js'
import type { SuiteTest } from './suite-test.js'

type Variables = Readonly<Record<string, string>>

/** Opaque tokens, by an issuer of its own that knows one (RFC 7662). */
export function opaqueTest(main: URL, env: Variables): SuiteTest {
  return {
    name: 'RFC 7662 §2.2: asks the issuer about an opaque token; 401 for garbage, 503 while it is away',
    async run() {
      const issuer = await startIssuer(env['AUTH0_AUDIENCE'] ?? '')
      const { port } = issuer.address() as AddressInfo // listens on TCP
      const client = { INTROSPECTION_CLIENT_ID: 'api', INTROSPECTION_CLIENT_SECRET: 'secret' }
      const endpoint = { INTROSPECTION_ENDPOINT: `http://127.0.0.1:${port}/ask` }
      const sample = await startSample(main, { ...env, ...client, ...endpoint })
      try {
        const known = await get(sample.origin, 'known')
        const garbage = await get(sample.origin, 'garbage')
        await close(issuer)
        const remembered = await get(sample.origin, 'known')
        const outage = await get(sample.origin, 'another')
        const actual = [known, garbage, remembered, outage]
        return { actual, expected: ['200 alice', '401 undefined', '200 alice', '503 undefined'] }
      } finally {
        sample.kill()
        issuer.close()
      }
    },
  }
}

async function startIssuer(audience: string): Promise<Server> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const isKnown = new URLSearchParams(body).get('token') === 'known'
      const exp = Math.floor(Date.now() / 1000) + 300
      const answer = isKnown
        ? { active: true, aud: audience, exp, sub: 'alice', token_type: 'Bearer' }
        : { active: false }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function get(origin: string, token: string): Promise<string> {
  const response = await fetch(`${origin}/api/private`, { headers: { authorization: `Bearer ${token}` } })
  const { sub } = (await response.json()) as { sub?: string } // of the route, or of a refusal
  return `${response.status} ${String(sub)}`
}
