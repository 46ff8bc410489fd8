import { addressed, PUBLIC, unknownUrl } from './addressed.js'
import { attack, asDpopUser, asUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { ofServer } from './expectations.js'
import { proofUrl } from './refusals.js'

const HOSTS = [
  'api.example.com/other?',
  'api.example.com#',
  'user@api.example.com',
  'api.example.com,evil.example.com',
  'api.example.com evil',
  'api.example.com:99999',
  'api.example.com:x',
  '2130706433',
  'api..example.com\\',
  '[::1',
  'api.example.com:0',
  'api.example.com:65536',
  'api.example.com:-1',
  'api.example.com:80:80',
  'user:secret@api.example.com',
  'api.example.com%00',
  'api.example.com%0d%0aX',
  '/api.example.com',
  '[::1]x',
  '127.1',
  '',
  // RFC 1035 §2.3.4: labels of 63 octets, names of 253 characters.
  `${'a'.repeat(64)}.example.com`,
  `${'a.'.repeat(125)}test`,
]

// Bare control characters never reach an application: RFC 9110 §5.5.
const BARE = ['api.example.com\rX-Forwarded-Host: evil.example.com', 'api.example.com\0']

/** What a request says of its own URL: RFC 9110 §7.2, RFC 9112 §3.2. */
export const hostCases: readonly ContractCase[] = [
  ...HOSTS.map((host) =>
    attack(`Host is ${JSON.stringify(host)}`, unknownUrl, (c) =>
      addressed(c, 'http://api.example.com/any', [['Host', host]]),
    ),
  ),
  ...BARE.map((host) =>
    attack(`Host is ${JSON.stringify(host)}`, ofServer(400), (c) =>
      addressed(c, 'http://api.example.com/any', [['Host', host]]),
    ),
  ),
  attack('two Hosts', ofServer(400), (c) =>
    addressed(c, 'http://api.example.com/any', [
      ['Host', 'api.example.com'],
      ['Host', 'evil.example.com'],
    ]),
  ),
  attack('a target in absolute-form', unknownUrl, (c) => addressed(c, c.url('/any'), [], `http://${c.host}/any`)),
  attack('a target in absolute-form, with another host', unknownUrl, (c) =>
    addressed(c, 'http://evil.example.com/any', [], 'http://evil.example.com/any'),
  ),
  attack('a target in absolute-form, with another scheme', unknownUrl, (c) =>
    addressed(c, `https://${c.host}/any`, [], `https://${c.host}/any`),
  ),
  honest('a target in absolute-form, with a Bearer token', asUser, async (c) => ({
    ...(await c.bearer()),
    target: `http://${c.host}/any`,
  })),
  attack('a target with a host behind two slashes is a path, which no route has', ofServer(404), (c) =>
    addressed(c, 'http://evil.example.com/any', [], '//evil.example.com/any'),
  ),
  attack('a target with two slashes in its query stays a path', proofUrl(), (c) =>
    addressed(c, 'http://evil.example.com/any', [], '/any?x=//evil.example.com'),
  ),
  attack('an Origin and other headers that name a host do not count', proofUrl(), (c) =>
    addressed(c, PUBLIC, [
      ['X-Host', 'api.example.com'],
      ['X-Original-Host', 'api.example.com'],
      ['X-Original-URL', PUBLIC],
      ['Origin', 'https://api.example.com'],
    ]),
  ),
  honest('a Host of the greatest length', asDpopUser, (c) => {
    const host = `${'a'.repeat(63)}.${'b.'.repeat(90)}example.com`.slice(-253)
    return addressed(c, `http://${host}/any`, [['Host', host]])
  }),
  honest('a Host with a port and no number', asDpopUser, (c) =>
    addressed(c, 'http://api.example.com/any', [['Host', 'api.example.com:']]),
  ),
]
