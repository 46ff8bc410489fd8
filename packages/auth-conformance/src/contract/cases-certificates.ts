import { asDpopUser, asUser, attack, demandedBy, honest } from './case.js'
import type { ContractClient } from './client.js'
import type { ContractCase } from './contract.js'
import type { ContractCertificate } from './fixture.js'
import {
  boundToken,
  certificateMalformed,
  certificateMismatch,
  certificateMissing,
  certificateUnbound,
  invalidToken,
  unboundToken,
} from './refusals.js'
import type { RawRequest } from './raw-http.js'
import { accepted } from './expectations.js'

type Header = readonly [name: string, value: string]

const CERTIFICATES = { configuration: 'certificates' } as const
const REQUIRED = { configuration: 'certificates required' } as const
const ENVOY = { configuration: 'certificates of Envoy' } as const

/** RFC 9440 §2.2. */
const clientCert = ({ der }: ContractCertificate): Header => ['Client-Cert', bytes(der)]
const bytes = (der: Uint8Array): string => `:${Buffer.from(der).toString('base64')}:`
const hash = ({ thumbprint }: ContractCertificate): string =>
  `Hash=${Buffer.from(thumbprint, 'base64url').toString('hex')}`

function withHeaders(request: RawRequest, headers: readonly Header[]): RawRequest {
  return { ...request, headers: [...request.headers, ...headers] }
}

/** A Bearer token that is bound to the client's certificate (RFC 8705 §3.1), and headers beside it. */
async function bound(c: ContractClient, headers: readonly Header[], target = '/any'): Promise<RawRequest> {
  const cnf = { 'x5t#S256': c.fixture.clientCertificate.thumbprint }
  return withHeaders(await c.bearer({ claims: { cnf } }, target), headers)
}

/** A token that is bound to the client's key and certificate, with a proof. */
async function boundToBoth(c: ContractClient, headers: readonly Header[]): Promise<RawRequest> {
  const { clientKey, clientCertificate } = c.fixture
  const cnf = { jkt: clientKey.thumbprint, 'x5t#S256': clientCertificate.thumbprint }
  return withHeaders(await c.dpop({ token: { claims: { cnf } } }), headers)
}

const own = (c: ContractClient): Header => clientCert(c.fixture.clientCertificate)
const others = (c: ContractClient): Header => clientCert(c.fixture.otherCertificate)

const basicCases: readonly ContractCase[] = demandedBy('RFC 8705 §3', [
  honest('a token with the certificate that it is bound to', asUser, (c) => bound(c, [own(c)]), CERTIFICATES),
  honest(
    'the same, where a scope is required',
    accepted({ sub: 'user-1', scheme: 'Bearer', scopes: ['read:messages'] }),
    async (c) => {
      const cnf = { 'x5t#S256': c.fixture.clientCertificate.thumbprint }
      return withHeaders(await c.bearer({ scope: 'read:messages', claims: { cnf } }, '/app/read'), [own(c)])
    },
    CERTIFICATES,
  ),
  attack('a token with another certificate', certificateMismatch(), (c) => bound(c, [others(c)]), CERTIFICATES),
  attack('a token without its certificate', certificateMissing(), (c) => bound(c, []), CERTIFICATES),
  attack(
    'a token without its certificate, where credentials are optional',
    certificateMissing(),
    (c) => bound(c, [], '/optional'),
    CERTIFICATES,
  ),
  attack(
    'a token with another certificate, after its own was seen',
    certificateMismatch(),
    async (c) => {
      const cnf = { 'x5t#S256': c.fixture.clientCertificate.thumbprint }
      const request = await c.bearer({ claims: { cnf } })
      const good = withHeaders(request, [own(c)])
      return [good, good, good, withHeaders(request, [others(c)])]
    },
    CERTIFICATES,
  ),
  honest(
    'a token that is bound to a key and a certificate, with both',
    asDpopUser,
    (c) => boundToBoth(c, [own(c)]),
    CERTIFICATES,
  ),
  attack(
    'a token that is bound to a key and a certificate, with the key alone',
    certificateMissing({ scheme: 'DPoP' }),
    (c) => boundToBoth(c, []),
    CERTIFICATES,
  ),
  attack(
    'a token that is bound to a key and a certificate, with another certificate',
    certificateMismatch({ scheme: 'DPoP' }),
    (c) => boundToBoth(c, [others(c)]),
    CERTIFICATES,
  ),
])

const schemeCases: readonly ContractCase[] = [
  attack(
    'a token that is bound to a key and a certificate, as Bearer',
    boundToken({ mode: 'allowed' }),
    async (c) => {
      const { clientKey, clientCertificate } = c.fixture
      const cnf = { jkt: clientKey.thumbprint, 'x5t#S256': clientCertificate.thumbprint }
      return withHeaders(await c.bearer({ claims: { cnf } }), [own(c)])
    },
    { ...CERTIFICATES, clause: 'RFC 9449 §7.2' },
  ),
  attack(
    'a token that is bound to a certificate alone, with a proof',
    unboundToken({ scheme: 'DPoP' }),
    async (c) => {
      const cnf = { 'x5t#S256': c.fixture.clientCertificate.thumbprint }
      return withHeaders(await c.dpop({ token: { claims: { cnf } } }), [own(c)])
    },
    { ...CERTIFICATES, clause: 'RFC 9449 §7.1' },
  ),
  honest(
    'a token that is bound to nothing',
    asUser,
    async (c) => withHeaders(await c.bearer(), [own(c)]),
    CERTIFICATES,
  ),
  honest('a token that is bound to a key alone', asDpopUser, (c) => c.dpop(), REQUIRED),
  attack(
    'a token that is bound to nothing, where a certificate is required',
    certificateUnbound(),
    async (c) => withHeaders(await c.bearer(), [own(c)]),
    REQUIRED,
  ),
  honest('a token with its certificate, where that is required', asUser, (c) => bound(c, [own(c)]), REQUIRED),
  attack('a token that is bound to a certificate, where none is checked', invalidToken(), (c) => bound(c, [own(c)])),
]

/** RFC 9440 §4: whoever can write the header says who the client is. */
const headerCases: readonly ContractCase[] = [
  attack('the header, from a peer that is no trusted proxy', certificateMissing(), (c) => bound(c, [own(c)]), {
    configuration: 'certificates without proxy',
    clause: 'RFC 9440 §4',
  }),
  attack('the header twice', certificateMalformed(), (c) => bound(c, [own(c), own(c)]), CERTIFICATES),
  attack(
    "the header twice, somebody else's first",
    certificateMalformed(),
    (c) => bound(c, [others(c), own(c)]),
    CERTIFICATES,
  ),
  attack('the header twice, as one line', certificateMalformed(), (c) => bound(c, joined(c)), CERTIFICATES),
  attack('under other names', certificateMissing(), (c) => bound(c, aliases(c)), CERTIFICATES),
  honest('the name of the header in upper case', asUser, (c) => bound(c, [['CLIENT-CERT', own(c)[1]]]), CERTIFICATES),
  attack('an empty header', certificateMissing(), (c) => bound(c, [['Client-Cert', '']]), CERTIFICATES),
]

const joined = (c: ContractClient): readonly Header[] => [['Client-Cert', `${others(c)[1]}, ${own(c)[1]}`]]
const aliases = (c: ContractClient): readonly Header[] =>
  ['Client_Cert', 'X-Client-Cert', 'Client-Cert-Chain', 'X-Forwarded-Client-Cert'].map((name) => [name, own(c)[1]])

function garbage(value: string): ContractCase {
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value
  return attack(
    `the header is ${JSON.stringify(shown)}`,
    certificateMalformed(),
    (c) => bound(c, [['Client-Cert', value]]),
    CERTIFICATES,
  )
}

const garbageCases: readonly ContractCase[] = [
  'x',
  ':',
  '::',
  ':*:',
  ':MA==:',
  ':MIIBIjANBgkqhkiG9w0BAQ==:',
  ':////////////////:',
  '-----BEGIN CERTIFICATE-----',
  '%2D%2D%2D%2D%2DBEGIN%20CERTIFICATE%2D%2D%2D%2D%2D%0A',
  `:${'A'.repeat(12_000)}:`,
  `:${'MIIBIjAN'.repeat(1000)}:`,
  ':MA==:,'.repeat(1000),
].map(garbage)

function envoy(name: string, value: (c: ContractClient) => string, expected = asUser): ContractCase {
  const declare = expected === asUser ? honest : attack
  return declare(name, expected, (c) => bound(c, [['X-Forwarded-Client-Cert', value(c)]]), ENVOY)
}

const envoyCases: readonly ContractCase[] = [
  envoy('Envoy: the hash', (c) => `By=spiffe://api;${hash(c.fixture.clientCertificate)};Subject="CN=client,O=\\"x\\""`),
  envoy(
    'Envoy: appended to what a client sent',
    (c) => `${hash(c.fixture.otherCertificate)},${hash(c.fixture.clientCertificate)}`,
  ),
  envoy(
    "Envoy: the client's own element in front of another one",
    (c) => `${hash(c.fixture.clientCertificate)},${hash(c.fixture.otherCertificate)}`,
    certificateMismatch(),
  ),
  envoy(
    'Envoy: inside of a quoted value',
    (c) => `Subject="x,${hash(c.fixture.clientCertificate)}"`,
    certificateMalformed(),
  ),
  envoy('Envoy: an open quote', (c) => `${hash(c.fixture.clientCertificate)};Subject="`, certificateMalformed()),
  envoy('Envoy: a bomb of spaces', () => `By=${' '.repeat(8000)}"`, certificateMalformed()),
]

/** Access tokens that are bound to the certificate of the client (RFC 8705), which a proxy hands on in a header. */
export const certificateCases: readonly ContractCase[] = [
  ...basicCases,
  ...schemeCases,
  ...headerCases,
  ...garbageCases,
  ...envoyCases,
]
