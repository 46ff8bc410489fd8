import { behind, HOST, PROTO, PUBLIC, unknownUrl } from './addressed.js'
import type { Header } from './addressed.js'
import { asDpopUser } from './case.js'
import { familyCases } from './cases-families.js'
import type { ContractCase } from './contract.js'
import { ofServer } from './expectations.js'
import { proofUrl } from './refusals.js'

const PORT = 'https://api.example.com:8443/any'
const host = (value: string): Header => ['X-Forwarded-Host', value]
const port = (value: string): Header => ['X-Forwarded-Port', value]
const standard = (value: string): Header => ['Forwarded', value]

/** Refused, whatever the proof says. */
function bad(name: string, ...values: readonly string[]): readonly ContractCase[] {
  const others = name === 'X-Forwarded-Host' ? [PROTO] : [PROTO, HOST].filter(([other]) => other !== name)
  return values.map((value) =>
    behind(`${name} is ${JSON.stringify(value)}`, unknownUrl, PUBLIC, [...others, [name, value]]),
  )
}

/** Of a peer that is trusted: `X-Forwarded-Port`. */
const portCases: readonly ContractCase[] = [
  behind('a port beside the host', asDpopUser, PORT, [PROTO, HOST, port('8443')]),
  behind('the default port beside the host', asDpopUser, PUBLIC, [PROTO, HOST, port('443')]),
  behind('a port beside Host', asDpopUser, PORT, [['Host', 'api.example.com'], PROTO, port('8443')]),
  behind('a port beside a host that has its own', asDpopUser, PORT, [PROTO, host('api.example.com:8443'), port('443')]),
  behind('a port beside an IPv6 host', asDpopUser, 'https://[2001:db8::1]:8443/any', [
    PROTO,
    host('[2001:db8::1]'),
    port('8443'),
  ]),
  behind("a client's own port in front of the proxy's", asDpopUser, PORT, [
    ['X-Forwarded-For', '203.0.113.9'],
    PROTO,
    HOST,
    port('1, 8443'),
  ]),
  behind("a client's own port, which is not the proxy's", proofUrl(), 'https://api.example.com:1/any', [
    ['X-Forwarded-For', '203.0.113.9'],
    PROTO,
    HOST,
    port('1'),
    port('8443'),
  ]),
  behind('the port of http for https', proofUrl(), PUBLIC, [PROTO, HOST, port('80')]),
  behind('a proof without the port', proofUrl(), PUBLIC, [PROTO, HOST, port('8443')]),
  ...bad('X-Forwarded-Port', '0', '65536', '123456', '', '-443', '+443', '4 43', '443x', '0x1bb', '443,', 'https'),
  behind('X-Forwarded-Port is 0 beside a host that has its own', unknownUrl, PORT, [
    PROTO,
    host('api.example.com:8443'),
    port('0'),
  ]),
]

/** Of a peer that is trusted: `Forwarded` (RFC 7239). */
const standardCases: readonly ContractCase[] = [
  behind('Forwarded', asDpopUser, PUBLIC, [standard('for=192.0.2.1;proto=https;host=api.example.com')]),
  behind('Forwarded with quotes and another case', asDpopUser, PORT, [
    standard('Proto="https"; HOST="api.example.com:8443"'),
  ]),
  behind('Forwarded with escapes', asDpopUser, PUBLIC, [standard('proto="http\\s";host="api\\.example.com"')]),
  behind('Forwarded with IPv6 and a port', asDpopUser, 'https://[2001:db8::1]:8443/any', [
    standard('for="[2001:db8::9]:4711";proto=https;host="[2001:db8::1]:8443"'),
  ]),
  behind('Forwarded with obfuscated identifiers', asDpopUser, PUBLIC, [
    standard('host=evil.example.com, for=_client;by=_proxy;proto=https;host=api.example.com'),
  ]),
  behind('Forwarded with a comma and a semicolon in quotes', asDpopUser, PUBLIC, [
    standard('x="a, b;host=evil.example.com";proto=https;host=api.example.com'),
  ]),
  behind('Forwarded over several lines', asDpopUser, PUBLIC, [
    standard('proto=http;host=evil.example.com'),
    standard('for=203.0.113.9;proto=https;host=api.example.com'),
  ]),
  behind('Forwarded by two trusted proxies, the outer one counts', asDpopUser, PUBLIC, [
    standard('host=evil.example.com, for=203.0.113.9;proto=https;host=api.example.com'),
    standard('for="127.0.0.1:4711";proto=http;host=inner.example.com'),
  ]),
  behind('Forwarded by two trusted proxies, each says another part', asDpopUser, PUBLIC, [
    standard('proto=http;host=evil.example.com, for=203.0.113.9;proto=https, for=127.0.0.1;host=api.example.com'),
  ]),
  behind('a client claims more trusted hops than there are, in Forwarded', proofUrl(), 'https://evil.example.com/any', [
    standard('for=127.0.0.1;proto=https;host=evil.example.com, for=203.0.113.9;proto=https;host=api.example.com'),
  ]),
  behind('a client claims a trusted hop within the quotes of its proxy', proofUrl(), 'https://evil.example.com/any', [
    standard('proto=https;host=evil.example.com, x="a;for=127.0.0.1";for=203.0.113.9;proto=https;host=api.example.com'),
  ]),
  ...bad(
    'Forwarded',
    'proto=https;host=api.example.com;host=evil.example.com',
    'proto=https;host="api.example.com',
    'proto=https;host="api.example.com"evil',
    'proto=https;host=api.example.com:8443',
    'proto=https;host=api.example.com/other',
    'proto=https;host=""',
    'proto=https;host="user@api.example.com"',
    'proto=https;host="api.example.com,evil.example.com"',
    'proto=https;host="api.example.com:65536"',
    'proto=javascript;host=api.example.com',
    'for=[2001:db8::1];proto=https;host=api.example.com',
    'https',
    '',
    ',',
  ),
]

/** What trusted proxies say, and how they must say it. */
export const forwardedCases: readonly ContractCase[] = [
  ...portCases,
  ...standardCases,
  ...familyCases,
  ...bad('X-Forwarded-Proto', 'javascript', '', 'https://', 'http,', 'wss:', 'ws+unix', 'https;'),
  ...bad(
    'X-Forwarded-Host',
    'api.example.com/other?',
    'user@api.example.com',
    'api.example.com:0',
    'api.example.com:65536',
    'exa mple.com',
    'api.example.com\\evil',
    'api.example.com%0d%0aX: y',
    'api.example.com, ',
    `${'a'.repeat(64)}.example.com`,
    `${'a.'.repeat(125)}test`,
    '"api.example.com"',
    '',
  ),
  behind('X-Forwarded-Host has a comma in front of the host of the proxy', asDpopUser, PUBLIC, [
    PROTO,
    host('evil.example.com, api.example.com'),
  ]),
  ...bad(
    'X-Forwarded-Prefix',
    'shop',
    '//evil.example.com',
    '/shop/../admin',
    '/shop/./x',
    '/v1/..;/admin',
    '/v1/..;a=b',
    '/.;/x',
    '/..',
    '/shop%2Fadmin',
    '/shop%2e%2e',
    '/%2e%2e/admin',
    '/shop%252e%252e/admin',
    '/shop%5c..',
    '/shop%0d%0a',
    '/shop?x=',
    '/shop#',
    '/shop\\admin',
    'https://evil.example.com/shop',
    '',
  ),
  // Bare control characters never reach an application: RFC 9110 §5.5.
  ...['X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Forwarded-Prefix', 'Forwarded'].flatMap((name) =>
    ['\r', '\n', '\0'].map((character) =>
      behind(`${name} with ${JSON.stringify(character)}`, ofServer(400), PUBLIC, [[name, `a${character}b`]]),
    ),
  ),
]
