import { describe, expect, it } from 'vitest'
import { createWorld, refused } from '../support.js'
import type { RequestParts } from '../support.js'

const world = await createWorld()
const SETTING = "app.set('trust proxy', ...)"

/** The detail that the operator gets of a proof for `url` in this request, and what the client gets. */
async function explain(
  url: string,
  parts: RequestParts & { readonly proxySetting?: string | undefined },
  options: { readonly publicOrigins?: readonly string[]; readonly htm?: string } = {},
): Promise<string> {
  const { publicOrigins, htm } = options
  world.events.length = 0
  const made = await world.dpopRequest({ url, method: htm ?? parts.method ?? 'GET' }, { peer: '10.0.0.9', ...parts })
  const proxySetting = 'proxySetting' in parts ? parts.proxySetting : SETTING
  const outcome = await world
    .serve(publicOrigins === undefined ? {} : { publicOrigins })
    .authenticate({ ...made, proxySetting })
  const { error, body, headers } = refused(outcome)
  const [event] = world.events
  expect(event?.detail).toBe(error.detail)
  expect(event?.correlationId).toBe(error.correlationId)
  expect(error.detail).toMatch(/^[\x20-\x7e]+…?/)
  // What the client gets depends on the reason alone.
  expect(JSON.parse(body)).toEqual({
    error: error.error,
    error_description: DESCRIPTIONS[error.reason],
    code: error.code,
    correlation_id: error.correlationId,
  })
  expect(headers['www-authenticate']).toBe(
    `DPoP algs="ES256", error="${error.error}", error_description="${DESCRIPTIONS[error.reason]}", Bearer realm="api"`,
  )
  return String(error.detail)
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  proof_url: 'The DPoP proof is for another URL',
  proof_method: 'The DPoP proof is for another method',
  url_unknown: 'The URL of the request cannot be determined',
}

const API = 'https://api.test/items'
const TRUST = `if it is your proxy, trust it with ${SETTING}`
const plain = { scheme: 'http' }
const trusted = { scheme: 'http', hops: 1 }
const PROTO = ['X-Forwarded-Proto', 'https']

describe('the scheme', () => {
  it.each<[string, RequestParts, string]>([
    [
      'a proxy that is not trusted',
      { ...plain, headers: PROTO },
      `htu says scheme https, computed http from the connection; X-Forwarded-Proto says "https", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'a proxy that is not trusted and writes Forwarded',
      { ...plain, headers: ['Forwarded', 'proto=https;host="api.test"'] },
      `htu says scheme https, computed http from the connection; Forwarded says "proto=https;host=\\u0022api.test\\u0022", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'no proxy says anything',
      plain,
      `htu says scheme https, computed http from the connection; no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme), and trust it with ${SETTING}`,
    ],
    [
      'a trusted proxy does not say it',
      { ...trusted, headers: ['X-Forwarded-For', '203.0.113.9'] },
      'htu says scheme https, computed http from the connection; no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme)',
    ],
    [
      'a trusted proxy says another',
      { ...trusted, headers: ['X-Forwarded-Proto', 'http'] },
      'htu says scheme https, computed http from X-Forwarded-Proto; let it say how the client came; where TLS ends further out, it must pass on what it was told',
    ],
    [
      'a trusted proxy says another in Forwarded',
      { ...trusted, headers: ['Forwarded', 'proto=http'] },
      'htu says scheme https, computed http from Forwarded; let it say how the client came; where TLS ends further out, it must pass on what it was told',
    ],
    [
      'one more proxy says it than is trusted',
      { ...trusted, headers: ['X-Forwarded-For', 'c, p', 'X-Forwarded-Proto', 'HTTPS, http'] },
      `htu says scheme https, computed http from X-Forwarded-Proto; X-Forwarded-Proto says so further left than the 1 trusted by your setting: if one more is your proxy, trust it with ${SETTING}`,
    ],
  ])('%s', async (_, parts, detail) => {
    expect(await explain(API, parts)).toBe(detail)
  })

  it('a client that leaves TLS out', async () => {
    expect(await explain('http://api.test/items', {})).toBe(
      'htu says scheme http, computed https from the connection; clients must address https',
    )
  })
})

describe('the host', () => {
  it.each<[string, RequestParts, string]>([
    [
      'replaced by the proxy',
      { host: '127.0.0.1:3000' },
      `htu says host "api.test", computed "127.0.0.1:3000" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host, and trust it with ${SETTING}`,
    ],
    [
      'replaced by a trusted proxy',
      { host: 'backend', hops: 1, headers: PROTO },
      'htu says host "api.test", computed "backend" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host',
    ],
    [
      'told by a proxy that is not trusted',
      { host: 'backend', headers: ['X-Forwarded-Host', 'api.test'] },
      `htu says host "api.test", computed "backend" from Host; X-Forwarded-Host says "api.test", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'another by X-Forwarded-Host',
      { hops: 1, headers: ['X-Forwarded-Host', 'edge.test'] },
      'htu says host "api.test", computed "edge.test" from X-Forwarded-Host; let it say the host that clients address',
    ],
    [
      'another by Forwarded',
      { hops: 1, headers: ['Forwarded', 'host=edge.test'] },
      'htu says host "api.test", computed "edge.test" from Forwarded; let it say the host that clients address',
    ],
    [
      'told by one more proxy than is trusted',
      { hops: 1, headers: ['X-Forwarded-For', 'c, p', 'X-Forwarded-Host', 'api.test, edge.test'] },
      `htu says host "api.test", computed "edge.test" from X-Forwarded-Host; X-Forwarded-Host says so further left than the 1 trusted by your setting: if one more is your proxy, trust it with ${SETTING}`,
    ],
  ])('%s', async (_, parts, detail) => {
    expect(await explain(API, parts)).toBe(detail)
  })
})

describe('the port', () => {
  it.each<[string, string, RequestParts, string]>([
    [
      'dropped by the proxy',
      'https://api.test:8443/items',
      { hops: 1, headers: PROTO },
      'htu says port 8443, computed none, which is 443 from Host; let the proxy keep the port (nginx: proxy_set_header Host $host:$server_port; $host alone drops it) or send X-Forwarded-Port',
    ],
    [
      'dropped, and nobody is trusted',
      'https://api.test:8443/items',
      {},
      `htu says port 8443, computed none, which is 443 from Host; let the proxy keep the port (nginx: proxy_set_header Host $host:$server_port; $host alone drops it) or send X-Forwarded-Port, and trust it with ${SETTING}`,
    ],
    [
      'told by a proxy that is not trusted',
      'https://api.test:8443/items',
      { headers: ['X-Forwarded-Port', '8443'] },
      `htu says port 8443, computed none, which is 443 from Host; X-Forwarded-Port says "8443", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'of http, though TLS ends in front',
      API,
      { scheme: 'http', hops: 1, headers: [...PROTO, 'X-Forwarded-Port', '80'] },
      'htu says port none, which is 443, computed 80 from X-Forwarded-Port; it must be the port that clients address, not one behind the proxy that ends TLS: let the proxy send that, or leave the header out',
    ],
    [
      'of Host, which X-Forwarded-Port contradicts',
      API,
      { host: 'api.test:3000', hops: 1, headers: ['X-Forwarded-Port', '443'] },
      'htu says port none, which is 443, computed 3000 from Host; X-Forwarded-Port says "443", which counts for a host without a port only',
    ],
    [
      'of X-Forwarded-Host, which X-Forwarded-Port contradicts',
      API,
      { hops: 1, headers: ['X-Forwarded-Host', 'api.test:3000', 'X-Forwarded-Port', '443'] },
      'htu says port none, which is 443, computed 3000 from X-Forwarded-Host; X-Forwarded-Port says "443", which counts for a host without a port only',
    ],
    [
      'of this process',
      API,
      { host: 'api.test:3000' },
      'htu says port none, which is 443, computed 3000 from Host; let the proxy pass on the host that clients address (nginx: proxy_set_header Host $host:$server_port)',
    ],
  ])('%s', async (_, url, parts, detail) => {
    expect(await explain(url, parts)).toBe(detail)
  })
})

describe('the path', () => {
  it.each<[string, string, RequestParts, string]>([
    [
      'a prefix that the proxy takes off',
      'https://api.test/shop/items',
      {},
      `htu says path "/shop/items", computed "/items"; a proxy may have taken off "/shop": let it send X-Forwarded-Prefix: "/shop", and trust it with ${SETTING}`,
    ],
    [
      'a prefix that a trusted proxy takes off',
      'https://api.test/shop/items',
      { hops: 1, headers: PROTO },
      'htu says path "/shop/items", computed "/items"; a proxy may have taken off "/shop": let it send X-Forwarded-Prefix: "/shop"',
    ],
    [
      'a prefix that a proxy tells who is not trusted',
      'https://api.test/shop/items',
      { headers: ['X-Forwarded-Prefix', '/shop'] },
      `htu says path "/shop/items", computed "/items"; X-Forwarded-Prefix says "/shop", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'half a prefix',
      'https://api.test/eu/shop/items',
      { hops: 1, headers: ['X-Forwarded-Prefix', '/shop'] },
      'htu says path "/eu/shop/items", computed "/shop/items"; X-Forwarded-Prefix says "/shop"; a proxy may have taken off "/eu": let it send X-Forwarded-Prefix: "/eu"',
    ],
    [
      'a prefix that is in the path and in the header',
      'https://api.test/items',
      { hops: 1, headers: ['X-Forwarded-Prefix', '/shop'] },
      'htu says path "/items", computed "/shop/items"; X-Forwarded-Prefix says "/shop"; let the proxy leave the header out where it takes nothing off the path',
    ],
    [
      'a prefix that the proxy adds, or a mount point that the client leaves out',
      'https://api.test/items',
      { target: '/v1/items' },
      'htu says path "/items", computed "/v1/items"; "/v1" is in front: clients must address the whole path, and proxies must not add to it',
    ],
    [
      'a slash more',
      'https://api.test/items/',
      {},
      'htu says path "/items/", computed "/items"; a slash at the end counts',
    ],
    [
      'a slash less',
      API,
      { target: '/items/' },
      'htu says path "/items", computed "/items/"; a slash at the end counts',
    ],
    [
      'another case',
      'https://api.test/Items',
      {},
      'htu says path "/Items", computed "/items"; paths are case-sensitive (RFC 3986 6.2.2.1)',
    ],
    [
      'an escaped slash',
      'https://api.test/a%2fb',
      { target: '/a/b' },
      'htu says path "/a%2Fb", computed "/a/b"; of percent-encoding only unreserved characters are the same in both forms (RFC 3986 6.2.2.2)',
    ],
    [
      'slashes that were merged',
      'https://api.test//a///b',
      { target: '/a/b' },
      'htu says path "//a///b", computed "/a/b"; each slash counts',
    ],
    [
      'another',
      'https://api.test/other',
      {},
      'htu says path "/other", computed "/items"; the proof is for another path',
    ],
  ])('%s', async (_, url, parts, detail) => {
    expect(await explain(url, parts)).toBe(detail)
  })
})

it('each component that differs is named', async () => {
  expect(await explain('https://api.test/shop/items', { ...plain, host: 'backend:3000', peer: '::1' })).toBe(
    [
      `htu says scheme https, computed http from the connection; no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme), and trust it with ${SETTING}`,
      `htu says host "api.test", computed "backend:3000" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host, and trust it with ${SETTING}`,
      `htu says path "/shop/items", computed "/items"; a proxy may have taken off "/shop": let it send X-Forwarded-Prefix: "/shop", and trust it with ${SETTING}`,
    ].join('. '),
  )
})

describe('the setting', () => {
  it('is not known of other adapters', async () => {
    expect(await explain(API, { ...plain, headers: PROTO, proxySetting: undefined })).toMatch(
      / trust it with the framework's own setting$/,
    )
  })

  it('is a number where the peer has no address', async () => {
    const made = await world.dpopRequest({}, { ...plain, headers: PROTO })
    const { error } = refused(
      await world.server.authenticate({ ...made, peer: undefined, proxySetting: 'createAuth({ trustProxy: ... })' }),
    )
    expect(error.detail).toBe(
      'htu says scheme https, computed http from the connection; X-Forwarded-Proto says "https", but the address of the peer is not known: trust a number of hops with createAuth({ trustProxy: ... })',
    )
  })
})

describe('the method', () => {
  it.each([
    ['HEAD', 'GET', 'htm says method "GET", the request has "HEAD"; HEAD needs a proof of its own'],
    ['GET', 'POST', 'htm says method "POST", the request has "GET"; redirects with 301, 302 and 303 make GET of it'],
    ['GET', 'get', 'htm says method "get", the request has "GET"; methods are case-sensitive'],
    ['POST', 'GET', 'htm says method "GET", the request has "POST"; a proof is for one method'],
    [
      'OPTIONS',
      'PUT',
      'htm says method "PUT", the request has "OPTIONS"; let CORS answer preflight requests before the guard',
    ],
    ['POST', 'a\n"', 'htm says method "a\\u000a\\u0022", the request has "POST"; a proof is for one method'],
  ])('%s and %o', async (method, htm, detail) => {
    expect(await explain(API, { method }, { htm })).toBe(detail)
  })
})

describe('publicOrigins', () => {
  const publicOrigins = ['https://www.test', 'https://api.test']

  it.each<[string, RequestParts, string]>([
    [
      'scheme',
      { ...plain, headers: PROTO },
      `origin "http://api.test" is not one of publicOrigins. publicOrigins has scheme https, computed http from the connection; X-Forwarded-Proto says "https", but the peer "10.0.0.9" is not trusted: ${TRUST}`,
    ],
    [
      'host',
      { host: 'evil.test', hops: 1, headers: PROTO },
      'origin "https://evil.test" is not one of publicOrigins. publicOrigins has host "www.test", computed "evil.test" from Host; a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port) or send X-Forwarded-Host',
    ],
    [
      'port',
      { hops: 1, headers: ['X-Forwarded-Port', '8443'] },
      'origin "https://api.test:8443" is not one of publicOrigins. publicOrigins has port none, which is 443, computed 8443 from X-Forwarded-Port; it must be the port that clients address, not one behind the proxy that ends TLS: let the proxy send that, or leave the header out',
    ],
  ])('and another %s', async (_, parts, detail) => {
    expect(await explain(API, parts, { publicOrigins })).toBe(detail)
  })
})

describe('a URL that cannot be known', () => {
  it.each<[string, RequestParts, string]>([
    ['no Host', { host: [] }, '0 Host headers, want one'],
    ['two', { host: ['a.test', 'b.test'] }, '2 Host headers, want one'],
    [
      'Host',
      { host: 'user@api.test' },
      'host from Host is "user@api.test", want a name or address and perhaps a port from 1 to 65535',
    ],
    [
      'X-Forwarded-Host',
      { hops: 1, headers: ['X-Forwarded-Host', 'api.test:99999'] },
      'host from X-Forwarded-Host is "api.test:99999", want a name or address and perhaps a port from 1 to 65535',
    ],
    [
      'the host of Forwarded',
      { hops: 1, headers: ['Forwarded', 'host="a b"'] },
      'host from Forwarded is "a b", want a name or address and perhaps a port from 1 to 65535',
    ],
    [
      'X-Forwarded-Proto',
      { hops: 1, headers: ['X-Forwarded-Proto', 'ftp'] },
      'scheme from X-Forwarded-Proto is "ftp", want http or https',
    ],
    [
      'X-Forwarded-Port',
      { hops: 1, headers: ['X-Forwarded-Port', '+1'] },
      'X-Forwarded-Port is "+1", want a number from 1 to 65535',
    ],
    [
      'X-Forwarded-Prefix',
      { hops: 1, headers: ['X-Forwarded-Prefix', '/a/../b'] },
      'X-Forwarded-Prefix is "/a/../b", want a plain path such as /shop, without escapes and dots',
    ],
    [
      'Forwarded',
      { hops: 1, headers: ['Forwarded', 'host=api.test:8443'] },
      'Forwarded is malformed: "host=api.test:8443", want each name once, and quotes around a value with a colon or a bracket (RFC 7239 section 4)',
    ],
    [
      'an open quote',
      { hops: 1, headers: ['Forwarded', 'host="a'] },
      'Forwarded is malformed: a quoted string is not closed',
    ],
    [
      'an empty header',
      { hops: 1, headers: ['X-Forwarded-Host', ''] },
      'X-Forwarded-Host is empty: let the proxy leave it out where it has nothing to say',
    ],
    [
      'two families',
      { hops: 1, headers: ['X-Forwarded-Host', 'a.test', 'X-Forwarded-Port', '81', 'Forwarded', 'host=b.test'] },
      'Forwarded says host="b.test", but X-Forwarded-Host says "a.test", X-Forwarded-Port 81: let the proxy write one family and remove the other',
    ],
    [
      'two families and the scheme',
      { hops: 1, headers: [...PROTO, 'Forwarded', 'proto=http'] },
      'Forwarded says proto="http", but X-Forwarded-Proto says "https": let the proxy write one family and remove the other',
    ],
    [
      'absolute-form',
      { target: 'http://evil.test/a\n' },
      'the request target is "http://evil.test/a\\u000a", want a path: absolute-form is for proxies',
    ],
    [
      'absolute-form with secrets',
      { target: 'http://user:SECRET@evil.test/a?token=SECRET' },
      'the request target is "http://(userinfo)@evil.test/a", want a path: absolute-form is for proxies',
    ],
    [
      'a bad path',
      { target: '/50%' },
      'path is "/50%", want printable ASCII without a backslash, and two hexadecimal digits behind each percent sign',
    ],
  ])('%s', async (_, parts, detail) => {
    expect(await explain(API, parts)).toBe(detail)
  })
})

describe('htu', () => {
  it('that is no URL is quoted', async () => {
    expect(await explain('items\r\n\u001b[2J', {})).toBe(
      'htu is "items\\u000d\\u000a\\u001b[2J", want an http or https URL by RFC 3986, without userinfo',
    )
  })

  it.each([
    ['https://user:SECRET@api.test/items', 'https://(userinfo)@api.test/items'],
    ['//user:SECRET@api.test', '//(userinfo)@api.test'],
    ['https:\\\\user:SECRET@api.test', String.raw`https:\u005c\u005c(userinfo)@api.test`],
    ['https://api.test/a b?token=SECRET', 'https://api.test/a b'],
    ['https://api.test/a b#SECRET', 'https://api.test/a b'],
  ])('that is no good, %j, is told without userinfo, query and fragment', async (htu, told) => {
    expect(await explain(htu, {})).toContain(`htu is "${told}", want`)
  })

  it('may have a query and a fragment', async () => {
    const made = await world.dpopRequest({ url: `${API}?a=1#b` })
    expect((await world.server.authenticate(made)).ok).toBe(true)
  })

  it('is compared with a given URL without advice', async () => {
    const accessToken = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    const given = {
      proof: await world.proof(accessToken),
      method: 'GET',
      accessToken,
      thumbprint: world.key.thumbprint,
    }
    await expect(world.server.verifyDpopProof({ ...given, url: 'http://api.test:81/items/x' })).rejects.toMatchObject({
      detail:
        'htu says scheme https, computed http. htu says port none, which is 443, computed 81. htu says path "/items", computed "/items/x"',
    })
    await expect(world.server.verifyDpopProof({ ...given, url: 'https://b.test/items' })).rejects.toMatchObject({
      detail: 'htu says host "api.test", computed "b.test"',
    })
  })
})

describe('what a caller controls', () => {
  it.each<[string, string[]]>([
    ['X-Forwarded-Proto', ['X-Forwarded-Proto', 'https"\u001b[31m\r\nforged: line']],
    ['Forwarded', ['Forwarded', 'proto="\u0007\\"']],
    ['X-Forwarded-Host', ['X-Forwarded-Host', `\u0000${'x'.repeat(5000)}`]],
    ['X-Forwarded-Port', ['X-Forwarded-Port', '8443\u0085\u2028']],
    ['X-Forwarded-Prefix', ['X-Forwarded-Prefix', '/\u202e']],
  ])('%s cannot forge a line nor fill one', async (_, headers) => {
    for (const hops of [0, 1]) {
      const detail = await explain('https://other.test:8443/shop/items', { ...plain, hops, headers })
      expect(detail).toMatch(/^[\x20-\x7e…]{1,1500}$/)
    }
  })
})
