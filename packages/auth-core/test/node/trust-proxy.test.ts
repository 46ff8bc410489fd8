import { describe, expect, it } from 'vitest'
import { countTrustedByFastify } from '../../src/node/framework-request.js'
import { compileTrustProxy, countTrusted } from '../../src/node/trust-proxy.js'
import type { TrustFunction, TrustProxy } from '../../src/node/trust-proxy.js'
import { faultOf } from '../support.js'

describe('compileTrustProxy', () => {
  it.each([
    [undefined, '127.0.0.1', false],
    [false, '127.0.0.1', false],
    [true, '192.0.2.1', true],
    [true, 'nonsense', true],
    ['loopback', '127.0.0.1', true],
    ['loopback', '127.255.255.255', true],
    ['loopback', '128.0.0.1', false],
    ['loopback', '::1', true],
    ['loopback', '0:0:0:0:0:0:0:1', true],
    ['loopback', '::2', false],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '::FFFF:127.0.0.1', true],
    ['loopback', '::ffff:128.0.0.1', false],
    ['linklocal', '169.254.1.1', true],
    ['linklocal', 'fe80::1', true],
    ['linklocal', 'fec0::1', false],
    ['uniquelocal', '10.1.2.3', true],
    ['uniquelocal', '172.16.0.1', true],
    ['uniquelocal', '172.31.255.255', true],
    ['uniquelocal', '172.32.0.1', false],
    ['uniquelocal', '192.168.0.1', true],
    ['uniquelocal', '192.169.0.1', false],
    ['uniquelocal', 'fd00::1', true],
    ['loopback, 10.0.0.0/8', '10.9.9.9', true],
    ['loopback, 10.0.0.0/8', '127.0.0.1', true],
    ['loopback, 10.0.0.0/8', '11.0.0.1', false],
    [['loopback', '2001:db8::/32'], '2001:db8:ffff::1', true],
    [['loopback', '2001:db8::/32'], '2001:db9::1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.70', false],
    ['192.0.2.7', '::ffff:192.0.2.7', true],
    ['::ffff:192.0.2.7', '192.0.2.7', true],
    ['192.0.2.0/31', '192.0.2.1', true],
    ['192.0.2.0/31', '192.0.2.2', false],
    ['192.0.2.77/24', '192.0.2.1', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
  ])('%o trusts %s: %s', (option, address, trusted) => {
    expect(compileTrustProxy(option)(address, 0)).toBe(trusted)
  })

  it.each([
    '',
    'unknown',
    'localhost',
    '127.0.0.1:80',
    '127.0.0.256',
    '127.1',
    '127.0.0',
    '2130706433',
    '[::1]',
    '::1%lo',
    '127.0.0.1, 127.0.0.1',
    ' 127.0.0.1',
    '::1/64',
    '1::2::3',
    'ffff:127.0.0.1',
    '__proto__',
    '::1]/x',
    'x:y@[::1',
    '::1]:80',
    '::1#',
    '[::1',
    '::1 ',
    '::1\t',
    '::%31',
    '127.000.000.001',
    '127.0.0.01',
    '0127.0.0.1',
    '::ffff:127.0.0.01',
    '::ffff:127.0.0.1/x',
    '::127.0.0.01',
    '\u0661::1',
  ])('loopback does not trust %o', (address) => {
    expect(compileTrustProxy('loopback')(address, 0)).toBe(false)
  })

  it('a number trusts that many hops', () => {
    const trusts = compileTrustProxy(2)
    expect([0, 1, 2, 3].map((hop) => trusts('192.0.2.1', hop))).toEqual([true, true, false, false])
    expect(compileTrustProxy(0)('127.0.0.1', 0)).toBe(false)
  })

  it('a function is taken as it is', () => {
    const trusts = (): boolean => true
    expect(compileTrustProxy(trusts)).toBe(trusts)
  })

  it.each([
    '',
    ' ',
    ',',
    'localhost',
    'loop',
    'Loopback',
    'constructor',
    '__proto__',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.00',
    '010.0.0.0/8',
    'x:y@[::1',
    '::1]/x',
    '::/129',
    '[::1]',
    'fe80::1%eth0',
    '*',
    'true',
    '1',
    'loopback,',
    [],
    [''],
    [1],
    [null],
    ['loopback', 'x'],
    NaN,
    Infinity,
    -1,
    1.5,
    null,
    {},
  ])('%o throws a TypeError', async (option) => {
    const error = await faultOf(() => compileTrustProxy(option as TrustProxy))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(/^trustProxy: got .*, want /)])
  })
})

describe('countTrusted', () => {
  it.each([
    [[], 0],
    [['127.0.0.1'], 1],
    [['192.0.2.1'], 0],
    [['127.0.0.1', '192.0.2.1'], 1],
    [['127.0.0.1', '192.0.2.1', '127.0.0.1'], 1],
    [['127.0.0.1', '127.0.0.2', '127.0.0.3'], 3],
    [['192.0.2.1', '127.0.0.1'], 0],
  ])('%o: %d', (chain, count) => {
    expect(countTrusted(chain, compileTrustProxy('loopback'))).toBe(count)
  })

  it.each([
    ['a promise', async () => false],
    ['a promise of true', async () => true],
    ['a number', () => 1],
    ['text', () => 'no'],
    ['an object', () => ({})],
    ['true, boxed', () => Object(true) as unknown],
    ['nothing', () => undefined],
  ])('a function that answers with %s trusts nobody', (_, trusts) => {
    expect(countTrusted(['127.0.0.1', '127.0.0.2'], trusts as TrustFunction)).toBe(0)
    expect(countTrusted(['127.0.0.1'], compileTrustProxy(trusts as TrustFunction))).toBe(0)
  })

  it('tells the distance', () => {
    const asked: [string, number][] = []
    countTrusted(['a', 'b', 'c'], (address, hop) => {
      asked.push([address, hop])
      return hop < 1
    })
    expect(asked).toEqual([
      ['a', 0],
      ['b', 1],
    ])
  })
})

describe('countTrustedByFastify', () => {
  /** Fastify's getter, as far as it matters: the chain up to and with the first address that is not trusted. */
  class FastifyLike {
    readonly raw: unknown
    readonly trusts: (address: string, hop: number) => boolean

    constructor(trusts: (address: string, hop: number) => boolean) {
      this.raw = { socket: { remoteAddress: 'evil' }, headers: { 'x-forwarded-for': 'evil' } }
      this.trusts = trusts
    }
  }

  function fastify(option: TrustProxy): { readonly ips?: readonly string[] } {
    const trusts = compileTrustProxy(option)
    return Object.create(FastifyLike.prototype, {
      ips: {
        get(this: { raw: { socket: { remoteAddress: string }; headers: Record<string, string> } }) {
          const { socket, headers } = this.raw
          const chain = [
            socket.remoteAddress,
            ...(headers['x-forwarded-for'] ?? '')
              .split(',')
              .map((one) => one.trim())
              .toReversed(),
          ]
          const end = chain.slice(0, -1).findIndex((address, hop) => !trusts(address, hop))
          return end === -1 ? chain : chain.slice(0, end + 1)
        },
      },
    }) as { readonly ips?: readonly string[] } // the getter is all that is read
  }

  it.each([
    ['loopback', ['192.0.2.1'], 0],
    ['loopback', ['127.0.0.1'], 1],
    ['loopback', ['127.0.0.1', '192.0.2.1'], 1],
    ['loopback', ['127.0.0.1', '127.0.0.2'], 2],
    ['loopback', ['127.0.0.1', '192.0.2.1', '127.0.0.1'], 1],
    [1, ['192.0.2.1', '192.0.2.2'], 1],
    [2, ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 2],
    [true, ['a', 'b', 'c'], 3],
  ] as const)('%o of %o: %d', (option, chain, count) => {
    expect(countTrustedByFastify(fastify(option), chain)).toBe(count)
    expect(countTrusted(chain, compileTrustProxy(option))).toBe(count)
  })

  it('is none without the setting', () => {
    expect(countTrustedByFastify({}, ['127.0.0.1'])).toBe(0)
    expect(countTrustedByFastify({ ips: undefined }, ['127.0.0.1'])).toBe(0)
  })
})
