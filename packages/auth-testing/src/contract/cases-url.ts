import { addressed } from './addressed.js'
import { attack, asDpopUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { proofUrl } from './refusals.js'

/** The URL of a proof and that of its request: RFC 9449 §4.3 check 9, RFC 3986 §6.2. */
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
]
