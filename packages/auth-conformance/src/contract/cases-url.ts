import { addressed } from './addressed.js'
import { asDpopUser, attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { proofUrl } from './refusals.js'

// Printable, and in no URL by RFC 3986; clients send some of them in a path as they are, and encode others.
const UNESCAPED = '"<>[]^`{|}'
const ESCAPED = encodeURIComponent(UNESCAPED)

const pathInUpperCase = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname.toUpperCase()
}
const schemeInUpperCase = (url: string): string => url.replace(/^\w+/, (scheme) => scheme.toUpperCase())
const otherScheme = (url: string): string =>
  url.startsWith('https') ? url.replace('https', 'http') : url.replace('http', 'https')
/** The same at another origin: so that its host alone, or its port alone, tells them apart. */
const moved = (url: string, to: (here: URL) => string): string => {
  const here = new URL(url)
  return `${here.protocol}//${to(here)}${url.slice(here.origin.length)}`
}
const otherHost = (url: string): string =>
  moved(url, ({ port }) => (port === '' ? 'evil.example.com' : `evil.example.com:${port}`))
const otherPort = (url: string): string => moved(url, ({ hostname, port }) => `${hostname}:${port === '1' ? 2 : 1}`)
const withoutOrigin = (url: string): string => url.slice(new URL(url).origin.length)
const lastLetterEscaped = (url: string): string =>
  url.replace(/[a-z]$/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)

const printableCases: readonly ContractCase[] = [
  honest('a pipe in the target and in htu', asDpopUser, (c) =>
    addressed(c, c.url('/users/auth0|1'), [], '/users/auth0|1'),
  ),
  honest('a pipe in the target, encoded in htu', asDpopUser, (c) =>
    addressed(c, c.url('/users/auth0%7c1'), [], '/users/auth0|1'),
  ),
  honest('a pipe in htu, encoded in the target', asDpopUser, (c) =>
    addressed(c, c.url('/users/auth0|1'), [], '/users/auth0%7C1'),
  ),
  honest('all that URLs want encoded, in the target and in htu', asDpopUser, (c) =>
    addressed(c, c.url(`/users/${UNESCAPED}`), [], `/users/${UNESCAPED}`),
  ),
  honest('all that URLs want encoded, encoded in htu', asDpopUser, (c) =>
    addressed(c, c.url(`/users/${ESCAPED}`), [], `/users/${UNESCAPED}`),
  ),
  honest('all that URLs want encoded, encoded in the target', asDpopUser, (c) =>
    addressed(c, c.url(`/users/${UNESCAPED}`), [], `/users/${ESCAPED}`),
  ),
  honest('printable text in the query of htu', asDpopUser, (c) =>
    addressed(c, c.url(`/any?a[b]=${UNESCAPED}\\%#${UNESCAPED}#`), [], '/any?a[b]=1|2'),
  ),
  attack('a proof for a path with a slash in place of a pipe', proofUrl(), (c) =>
    addressed(c, c.url('/users/auth0/1'), [], '/users/auth0|1'),
  ),
  attack('a proof for a path with an encoded slash in place of a pipe', proofUrl(), (c) =>
    addressed(c, c.url('/users/auth0%2F1'), [], '/users/auth0|1'),
  ),
  attack('a proof for a path with a pipe that is encoded twice', proofUrl(), (c) =>
    addressed(c, c.url('/users/auth0%257C1'), [], '/users/auth0%7C1'),
  ),
]

/** The URL of a proof and that of its request: RFC 9449 §4.3 check 9, RFC 3986 §6.2. */
export const urlCases: readonly ContractCase[] = [
  ...demandedBy('RFC 9449 §4.3 (9)', [
    honest('the query does not count', asDpopUser, (c) => addressed(c, c.url('/any'), [], '/any?a=1&b=2')),
    honest('a query in htu is ignored', asDpopUser, (c) => addressed(c, `${c.url('/any')}?x=1`)),
    honest('a fragment in htu is ignored', asDpopUser, (c) => addressed(c, `${c.url('/any')}#top`)),
    honest('a route mounted below a prefix', asDpopUser, (c) =>
      addressed(c, c.url('/mounted/v1/inner'), [], '/mounted/v1/inner'),
    ),
    attack('a proof for the inner path of a mounted route', proofUrl(), (c) =>
      addressed(c, c.url('/inner'), [], '/mounted/v1/inner'),
    ),
    attack('a proof for another path', proofUrl(), (c) => addressed(c, `${c.url('/any')}/other`)),
    attack('a proof for the path with a slash more', proofUrl(), (c) => addressed(c, c.url('/any/'))),
    attack('a proof for the path in upper case', proofUrl(), (c) => addressed(c, pathInUpperCase(c.url('/any')))),
    attack('a proof for another host', proofUrl(), (c) => addressed(c, otherHost(c.url('/any')))),
    attack('a proof for another port', proofUrl(), (c) => addressed(c, otherPort(c.url('/any')))),
    attack('a proof for https, on a plain connection', proofUrl(), (c) => addressed(c, otherScheme(c.url('/any')))),
    attack('a proof for an escaped slash', proofUrl(), (c) => addressed(c, c.url('%2Fany'))),
    attack('htu is "/any"', proofUrl(), (c) => addressed(c, withoutOrigin(c.url('/any')))),
    attack('htu is "//127.0.0.1/any"', proofUrl(), (c) => addressed(c, c.url('/any').replace(/^\w+:/, ''))),
    ...[
      '',
      'any',
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
      'http://127.0.0.1/any?a b',
      'http://127.0.0.1/any#a\nb',
      `http://${'a'.repeat(64)}.example.com/any`,
      `http://${'a.'.repeat(125)}test/any`,
      'http://127.0.0.1/\u00e4ny',
    ].map((htu) => attack(`htu is ${JSON.stringify(htu)}`, proofUrl(), (c) => addressed(c, htu))),
    attack('htu is a list', proofUrl(), (c) => c.dpop({ claims: { htu: [c.url('/any')] } })),
  ]),

  ...demandedBy('RFC 3986 §6.2.2.1', [
    honest('htu with the scheme in upper case', asDpopUser, (c) => addressed(c, schemeInUpperCase(c.url('/any')))),
    honest('htu with the host in upper case', asDpopUser, (c) =>
      addressed(c, 'http://API.Example.com/any', [['Host', 'api.example.com']]),
    ),
  ]),

  ...demandedBy('RFC 3986 §6.2.3', [
    honest('Host with the default port', asDpopUser, (c) =>
      addressed(c, 'http://api.example.com/any', [['Host', 'api.example.com:80']]),
    ),
  ]),

  ...demandedBy('RFC 3986 §6.2.2.2', [
    honest('htu with escaped unreserved characters', asDpopUser, (c) => addressed(c, lastLetterEscaped(c.url('/any')))),
  ]),

  ...demandedBy('RFC 3986 §6.2.2.3', [
    honest('htu with dot segments', asDpopUser, (c) => addressed(c, c.url('/x/../any'))),
  ]),

  ...demandedBy('RFC 9449 §4.3 (3)', [
    attack('htu is missing', proofUrl(), (c) => c.dpop({ claims: { htu: undefined } })),
  ]),

  // What RFCs leave open.
  ...printableCases,
  honest('an IPv6 host in another form', asDpopUser, (c) =>
    addressed(c, 'http://[0:0:0:0:0:0:0:1]:8080/any', [['Host', '[::1]:8080']]),
  ),
]
