// Prints what one request of each kind runs: functions and files of this package, by V8's precise coverage.
import { Session } from 'node:inspector/promises'

import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'

const dist = new URL('../../dist/', import.meta.url).href
const { createResourceServer } = await import(new URL('index.js', dist).href)

const URL_OF_API = 'https://api.test/items'
const [issuer, key] = await Promise.all([
  createTestIssuer({ issuer: 'https://issuer.test/', audience: 'https://api.test/', algorithm: 'RS256' }),
  createTestKey('ES256'),
])
const server = createResourceServer({ issuer: issuer.issuer, audience: 'https://api.test/', fetch: issuer.fetch })
const session = new Session()
session.connect()
await session.post('Profiler.enable')

function request(...rawHeaders) {
  const parts = { method: 'GET', target: '/items', scheme: 'https', peer: '127.0.0.1', trustedHops: () => 0 }
  return { ...parts, rawHeaders: ['Host', 'api.test', ...rawHeaders], identity: {} }
}

async function bearer(token) {
  return request('Authorization', `Bearer ${token ?? (await issuer.accessToken())}`)
}

async function dpop(accessToken) {
  const proof = await createProof({ key, url: URL_OF_API, method: 'GET', accessToken })
  return request('Authorization', `DPoP ${accessToken}`, 'DPoP', proof)
}

async function accept(made) {
  const outcome = await server.authenticate(made)
  if (!outcome.ok) throw new Error(`${outcome.status} ${outcome.error.reason}: ${outcome.error.detail}`)
}

/** Sends some of a kind, so that keys are there and caches filled, and counts the next one. */
async function count(make) {
  for (let sent = 0; sent < 3; sent++) await accept(await make())
  const next = await make()
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await accept(next)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  const files = {}
  for (const { url, functions } of result) {
    if (!url.startsWith(dist)) continue
    const names = functions.filter(({ ranges }) => ranges[0].count > 0).map(({ functionName }) => functionName)
    if (names.length > 0) files[url.slice(dist.length)] = names
  }
  return { files: Object.keys(files).length, functions: Object.values(files).flat().length, names: files }
}

const remembered = await issuer.accessToken()
const bound = await issuer.accessToken({ jkt: key.thumbprint })
const touched = {
  'remembered Bearer': await count(() => bearer(remembered)),
  'new Bearer': await count(() => bearer()),
  DPoP: await count(() => dpop(bound)),
}
process.stdout.write(JSON.stringify(touched))
