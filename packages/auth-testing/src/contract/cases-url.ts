import { attack, asDpopUser, asUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import type { Expected } from './expectations.js'
import { proofUrl, urlUnknown } from './refusals.js'
import type { ContractClient } from './world.js'
import type { RawRequest } from './raw-http.js'

type Header = readonly [name: string, value: string]

/** A request with a proof for `url`, sent to `target` with these headers besides; a Host among them replaces ours. */
async function addressed(
  c: ContractClient,
  url: string,
  headers: readonly Header[] = [],
  target = '/any',
): Promise<RawRequest> {
  const proof = await c.dpopHeaders(target, { url })
  const host: readonly Header[] = headers.some(([name]) => name === 'Host') ? [] : [['Host', c.host]]
  return { method: 'GET', target, headers: [...host, ...proof, ...headers] }
}

const proxied = { configuration: 'proxied' } as const
const origins = { configuration: 'origins' } as const

/** Behind a trusted proxy that sends these headers, a proof for this URL. */
function behind(name: string, expected: Expected, url: string, headers: readonly Header[]): ContractCase {
  const make = expected.status === 200 ? honest : attack
  return make(`proxy: ${name}`, expected, (c) => addressed(c, url, headers), proxied)
}

function badHost(host: string): ContractCase {
  return attack(`Host is ${JSON.stringify(host)}`, urlUnknown({ scheme: 'DPoP' }), (c) =>
    addressed(c, 'http://api.example.com/any', [['Host', host]]),
  )
}

function badForwardedHost(host: string): ContractCase {
  return behind(
    `X-Forwarded-Host is ${JSON.stringify(host)}`,
    urlUnknown({ scheme: 'DPoP' }),
    'http://api.example.com/any',
    [['X-Forwarded-Host', host]],
  )
}

function badPrefix(prefix: string): ContractCase {
  return behind(
    `X-Forwarded-Prefix is ${JSON.stringify(prefix)}`,
    urlUnknown({ scheme: 'DPoP' }),
    'http://api.example.com/any',
    [
      ['X-Forwarded-Host', 'api.example.com'],
      ['X-Forwarded-Prefix', prefix],
    ],
  )
}

const PROTO: Header = ['X-Forwarded-Proto', 'https']
const HOST: Header = ['X-Forwarded-Host', 'api.example.com']
const PUBLIC = 'https://api.example.com/any'

/** Which URL the client addressed: RFC 9449 §4.3 check 9, RFC 3986 §6.2, RFC 7239, RFC 9112 §3.2. */
export const urlCases: readonly ContractCase[] = [
  honest('the query does not count', asDpopUser, (c) => addressed(c, c.url('/any'), [], '/any?a=1&b=2')),
  honest('a query in htu is ignored', asDpopUser, (c) => addressed(c, `${c.url('/any')}?x=1`)),
  honest('a fragment in htu is ignored', asDpopUser, (c) => addressed(c, `${c.url('/any')}#top`)),
  honest('htu with the scheme in upper case', asDpopUser, (c) => addressed(c, `HTTP://${c.host}/any`)),
  honest('htu with the host in upper case', asDpopUser, (c) =>
    addressed(c, 'http://API.Example.com/any', [['Host', 'api.example.com']]),
  ),
  honest('Host with the default port', asDpopUser, (c) =>
    addressed(c, 'http://api.example.com/any', [['Host', 'api.example.com:80']]),
  ),
  honest('htu with escaped unreserved characters', asDpopUser, (c) => addressed(c, `http://${c.host}/%61%6ey`)),
  honest('htu with dot segments', asDpopUser, (c) => addressed(c, `http://${c.host}/x/../any`)),
  honest('a route mounted below a prefix', asDpopUser, (c) =>
    addressed(c, c.url('/mounted/v1/inner'), [], '/mounted/v1/inner'),
  ),
  honest('an IPv6 host in another form', asDpopUser, (c) =>
    addressed(c, 'http://[0:0:0:0:0:0:0:1]:8080/any', [['Host', '[::1]:8080']]),
  ),

  attack('a proof for the inner path of a mounted route', proofUrl(), (c) =>
    addressed(c, c.url('/inner'), [], '/mounted/v1/inner'),
  ),
  attack('a proof for another path', proofUrl(), (c) => addressed(c, c.url('/read'))),
  attack('a proof for the path with a slash more', proofUrl(), (c) => addressed(c, c.url('/any/'))),
  attack('a proof for the path in upper case', proofUrl(), (c) => addressed(c, c.url('/ANY'))),
  attack('a proof for another host', proofUrl(), (c) => addressed(c, 'http://evil.example.com/any')),
  attack('a proof for another port', proofUrl(), (c) => addressed(c, `http://127.0.0.1:${c.port === 1 ? 2 : 1}/any`)),
  attack('a proof for https, on a plain connection', proofUrl(), (c) => addressed(c, `https://${c.host}/any`)),
  attack('a proof for an escaped slash', proofUrl(), (c) => addressed(c, c.url('%2Fany'))),
  ...[
    '',
    '/any',
    'any',
    '//127.0.0.1/any',
    'ftp://127.0.0.1/any',
    'http:/127.0.0.1/any',
    'http://',
    'http:///any',
    'http://user@127.0.0.1/any',
    'http://2130706433/any',
    'http://0x7f.1/any',
    'http://127.0.0.1:99999/any',
    'http://127.0.0.1:0/any',
    'http://127.0.0.1\\any',
    ' http://127.0.0.1/any',
    'http://127.0.0.1/a\tny',
    'http://127.0.0.1/any%zz',
    'http://127.0.0.1/\u00e4ny',
  ].map((htu) => attack(`htu is ${JSON.stringify(htu)}`, proofUrl(), (c) => addressed(c, htu))),
  attack('htu is missing', proofUrl(), (c) => c.dpop({ claims: { htu: undefined } })),
  attack('htu is a list', proofUrl(), (c) => c.dpop({ claims: { htu: [c.url('/any')] } })),

  badHost('api.example.com/other?'),
  badHost('api.example.com#'),
  badHost('user@api.example.com'),
  badHost('api.example.com,evil.example.com'),
  badHost('api.example.com evil'),
  badHost('api.example.com:99999'),
  badHost('api.example.com:x'),
  badHost('2130706433'),
  badHost('api..example.com\\'),
  badHost('[::1'),
  attack('a target with two slashes in front stays a path', proofUrl(), (c) =>
    addressed(c, 'http://evil.example.com/any', [], '/any?x=//evil.example.com'),
  ),

  attack('forwarded headers from a peer that is not trusted', proofUrl(), (c) => addressed(c, PUBLIC, [PROTO, HOST])),
  attack('Forwarded from a peer that is not trusted', proofUrl(), (c) =>
    addressed(c, PUBLIC, [['Forwarded', 'proto=https;host=api.example.com']]),
  ),
  honest('untrusted forwarded headers do no harm', asDpopUser, (c) =>
    addressed(c, c.url('/any'), [PROTO, HOST, ['X-Forwarded-Prefix', '/../x']]),
  ),
  honest(
    'a Bearer request is never refused for its URL',
    asUser,
    async (c) => {
      const request = await c.bearer()
      return {
        ...request,
        headers: [...request.headers, ['X-Forwarded-Host', 'a/b?c@d'], ['X-Forwarded-Prefix', '/..']],
      }
    },
    proxied,
  ),

  behind('scheme and host', asDpopUser, PUBLIC, [PROTO, HOST]),
  behind('nothing forwarded', asDpopUser, 'http://api.example.com/any', [['Host', 'api.example.com']]),
  behind('only the scheme', asDpopUser, PUBLIC, [['Host', 'api.example.com'], PROTO]),
  behind('the scheme in upper case', asDpopUser, PUBLIC, [['X-Forwarded-Proto', 'HTTPS'], HOST]),
  behind('a port that is not the default', asDpopUser, 'https://api.example.com:8443/any', [
    PROTO,
    ['X-Forwarded-Host', 'api.example.com:8443'],
  ]),
  behind('the default port', asDpopUser, PUBLIC, [PROTO, ['X-Forwarded-Host', 'api.example.com:443']]),
  behind('a prefix', asDpopUser, 'https://api.example.com/shop/any', [PROTO, HOST, ['X-Forwarded-Prefix', '/shop']]),
  behind('a prefix with a slash at its end', asDpopUser, 'https://api.example.com/shop/v1/any', [
    PROTO,
    HOST,
    ['X-Forwarded-Prefix', '/shop/v1/'],
  ]),
  behind('Forwarded', asDpopUser, PUBLIC, [['Forwarded', 'for=192.0.2.1;proto=https;host=api.example.com']]),
  behind('Forwarded with quotes and another case', asDpopUser, 'https://api.example.com:8443/any', [
    ['Forwarded', 'Proto="https"; HOST="api.example.com:8443"'],
  ]),
  behind('both families, of one mind', asDpopUser, PUBLIC, [
    PROTO,
    HOST,
    ['Forwarded', 'proto=https;host=api.example.com'],
  ]),
  behind("a client's own entry in front of the proxy's", asDpopUser, PUBLIC, [
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-Proto', 'http, https'],
    ['X-Forwarded-Host', 'evil.example.com, api.example.com'],
  ]),
  behind('two trusted proxies, the outer one counts', asDpopUser, PUBLIC, [
    ['X-Forwarded-For', '203.0.113.9, 127.0.0.1'],
    ['X-Forwarded-Proto', 'https, http'],
    ['X-Forwarded-Host', 'api.example.com, inner.example.com'],
  ]),
  behind('entries on several lines', asDpopUser, PUBLIC, [
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'evil.example.com'],
    ['X-Forwarded-Host', 'api.example.com'],
  ]),
  behind('a client claims more trusted hops than there are', proofUrl(), 'https://evil.example.com/any', [
    ['X-Forwarded-For', '127.0.0.1, 203.0.113.9'],
    ['X-Forwarded-Proto', 'https, https'],
    ['X-Forwarded-Host', 'evil.example.com, api.example.com'],
  ]),
  behind('the first entry, which the client wrote', proofUrl(), 'https://evil.example.com/any', [
    PROTO,
    ['X-Forwarded-Host', 'evil.example.com, api.example.com'],
  ]),
  behind('a proof for the inner URL', proofUrl(), 'http://inner.example.com/any', [
    ['Host', 'inner.example.com'],
    PROTO,
    HOST,
  ]),
  behind('the families differ on the host', urlUnknown({ scheme: 'DPoP' }), PUBLIC, [
    PROTO,
    HOST,
    ['Forwarded', 'proto=https;host=evil.example.com'],
  ]),
  behind('the families differ on the scheme', urlUnknown({ scheme: 'DPoP' }), PUBLIC, [
    PROTO,
    HOST,
    ['Forwarded', 'proto=http;host=api.example.com'],
  ]),
  behind('Forwarded is malformed', urlUnknown({ scheme: 'DPoP' }), PUBLIC, [
    ['Forwarded', 'proto=https;host=api.example.com;host=evil.example.com'],
  ]),
  behind('the scheme is no scheme', urlUnknown({ scheme: 'DPoP' }), PUBLIC, [
    ['X-Forwarded-Proto', 'javascript'],
    HOST,
  ]),
  badForwardedHost('api.example.com/other?'),
  badForwardedHost('user@api.example.com'),
  badForwardedHost('api.example.com:0'),
  badForwardedHost('exa mple.com'),
  badForwardedHost('api.example.com\\evil'),
  badPrefix('shop'),
  badPrefix('//evil.example.com'),
  badPrefix('/shop/../admin'),
  badPrefix('/shop/./x'),
  badPrefix('/shop%2Fadmin'),
  badPrefix('/shop%2e%2e'),
  badPrefix('/shop?x='),
  badPrefix('/shop#'),
  badPrefix('/shop\\admin'),

  honest('one of the public origins', asDpopUser, (c) => addressed(c, PUBLIC, [PROTO, HOST]), origins),
  attack(
    'not one of the public origins, by Host',
    urlUnknown({ scheme: 'DPoP' }),
    (c) => addressed(c, c.url('/any')),
    origins,
  ),
  attack(
    'not one of the public origins, by a forwarded host',
    urlUnknown({ scheme: 'DPoP' }),
    (c) => addressed(c, 'https://evil.example.com/any', [PROTO, ['X-Forwarded-Host', 'evil.example.com']]),
    origins,
  ),
  attack(
    'not one of the public origins, by scheme',
    urlUnknown({ scheme: 'DPoP' }),
    (c) => addressed(c, 'http://api.example.com/any', [HOST]),
    origins,
  ),
]
