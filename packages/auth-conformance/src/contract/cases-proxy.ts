import { addressed, behind, HOST, PROTO, PUBLIC, unknownUrl } from './addressed.js'
import { attack, asDpopUser, asUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { proofUrl } from './refusals.js'

const proxied = { configuration: 'proxied' } as const
const origins = { configuration: 'origins' } as const
const given = { configuration: 'public url' } as const
const GIVEN = 'https://api.example.com/svc2/any'
const LIES = [
  ['Host', 'evil.example.com'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', 'evil.example.com'],
  ['X-Forwarded-Prefix', '/..'],
  ['Forwarded', 'host="'],
] as const

/** The server was told how clients address it, and no header is asked. */
const givenCases: readonly ContractCase[] = [
  honest('a given public URL', asDpopUser, (c) => addressed(c, GIVEN), given),
  honest('a given public URL, whatever headers say', asDpopUser, (c) => addressed(c, GIVEN, LIES), given),
  honest(
    'a given public URL, of a mounted route',
    asDpopUser,
    (c) => addressed(c, 'https://api.example.com/svc2/mounted/v1/inner', [], '/mounted/v1/inner?x=1'),
    given,
  ),
  honest('a given public URL says nothing to Bearer', asUser, (c) => c.bearer(), given),
  attack(
    'the URL of the connection, where a public one is given',
    proofUrl(),
    (c) => addressed(c, c.url('/any')),
    given,
  ),
  attack('the path of the request alone, where a prefix is given', proofUrl(), (c) => addressed(c, PUBLIC), given),
  attack(
    'a forwarded host, where a public URL is given',
    proofUrl(),
    (c) => addressed(c, 'https://evil.example.com/svc2/any', LIES),
    given,
  ),
]

/** Whom forwarded headers are believed, and which entries of their lists. */
export const proxyCases: readonly ContractCase[] = [
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

  ...givenCases,
  honest('one of the public origins', asDpopUser, (c) => addressed(c, PUBLIC, [PROTO, HOST]), origins),
  attack('not one of the public origins, by Host', unknownUrl, (c) => addressed(c, c.url('/any')), origins),
  attack(
    'not one of the public origins, by a forwarded host',
    unknownUrl,
    (c) => addressed(c, 'https://evil.example.com/any', [PROTO, ['X-Forwarded-Host', 'evil.example.com']]),
    origins,
  ),
  attack(
    'not one of the public origins, by scheme',
    unknownUrl,
    (c) => addressed(c, 'http://api.example.com/any', [HOST]),
    origins,
  ),
]
