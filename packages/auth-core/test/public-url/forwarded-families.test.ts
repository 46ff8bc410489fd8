import { describe, expect, it } from 'vitest'
import { formatTargetUrl } from '../../src/public-url/htu.js'
import { compileTrustProxy, countTrusted } from '../../src/node/trust-proxy.js'
import { publicUrl } from '../../src/public-url/public-url.js'
import { errorOf, request } from '../support.js'

const NONE: readonly string[] = []

function urlOf(headers: readonly string[], host = 'inner.test'): string {
  return formatTargetUrl(publicUrl(request({ hops: 1, scheme: 'http', host, headers }), NONE).url)
}

const PROTO = ['X-Forwarded-Proto', 'https']
const HOST = ['X-Forwarded-Host', 'a.test']
const port = (text: string): string[] => ['X-Forwarded-Port', text]

describe('X-Forwarded-Port', () => {
  it.each([
    ['a host without a port', [...PROTO, ...HOST, ...port('8443')], 'https://a.test:8443/items'],
    ["the scheme's own port", [...PROTO, ...HOST, ...port('443')], 'https://a.test/items'],
    ["http's own port", [...HOST, ...port('80')], 'http://a.test/items'],
    ["http's port for https", [...PROTO, ...HOST, ...port('80')], 'https://a.test:80/items'],
    ['Host without a port', [...PROTO, ...port('8443')], 'https://inner.test:8443/items'],
    [
      'a host with a port of its own',
      [...PROTO, 'X-Forwarded-Host', 'a.test:9443', ...port('443')],
      'https://a.test:9443/items',
    ],
    [
      'a host with the default port as its own',
      [...PROTO, 'X-Forwarded-Host', 'a.test:443', ...port('8443')],
      'https://a.test/items',
    ],
    [
      'a host with a colon and no port',
      [...PROTO, 'X-Forwarded-Host', 'a.test:', ...port('8443')],
      'https://a.test:8443/items',
    ],
    [
      'an IPv6 host',
      [...PROTO, 'X-Forwarded-Host', '[2001:db8::1]', ...port('8443')],
      'https://[2001:db8::1]:8443/items',
    ],
    [
      'an IPv6 host with a port',
      [...PROTO, 'X-Forwarded-Host', '[2001:db8::1]:1', ...port('8443')],
      'https://[2001:db8::1]:1/items',
    ],
    ['leading zeros', [...HOST, ...port('00081')], 'http://a.test:81/items'],
    ['the greatest', [...HOST, ...port('65535')], 'http://a.test:65535/items'],
  ])('and %s', (_, headers, url) => {
    expect(urlOf(headers)).toBe(url)
  })

  it('and Host with a port of its own', () => {
    expect(urlOf([...PROTO, ...port('443')], 'a.test:9443')).toBe('https://a.test:9443/items')
  })

  it('is nothing without a trusted proxy', () => {
    const { url } = publicUrl(request({ hops: 0, headers: port('8443') }), NONE)
    expect(formatTargetUrl(url)).toBe('https://api.test/items')
    expect(() => publicUrl(request({ hops: 0, headers: port('x') }), NONE)).not.toThrow()
  })

  it.each([
    '0',
    '00000',
    '65536',
    '99999',
    '000443',
    '-1',
    '+443',
    '4 43',
    '443 ,',
    '',
    'https',
    '0x1bb',
    '443.0',
    '4e2',
    ':443',
    '443/x',
    '٤٤٣',
    '443\r\nX: y',
  ])('%o is refused', async (text) => {
    for (const host of ['a.test', 'a.test:8443']) {
      const { reason, detail } = await errorOf(() => urlOf(['X-Forwarded-Host', host, ...port(text)]))
      expect([reason, detail]).toEqual(['url_unknown', expect.stringMatching(/^X-Forwarded-Port is [\x20-\x7e]+$/)])
    }
  })
})

describe('both families', () => {
  it.each([
    ['equal', [...PROTO, ...HOST, 'Forwarded', 'proto=https;host=a.test'], 'https://a.test/items'],
    ['equal but for case', [...HOST, 'Forwarded', 'host=A.TEST'], 'http://a.test/items'],
    ['schemes equal but for case', [...PROTO, 'Forwarded', 'proto=HTTPS;host=a.test'], 'https://a.test/items'],
    ['each says another part', [...HOST, 'Forwarded', 'proto=https'], 'https://a.test/items'],
    ['one names the default port', [...PROTO, ...HOST, 'Forwarded', 'host="a.test:443"'], 'https://a.test/items'],
    [
      'the port in a header of its own',
      [...PROTO, ...HOST, ...port('8443'), 'Forwarded', 'host="a.test:8443"'],
      'https://a.test:8443/items',
    ],
    [
      'the default port in a header of its own',
      [...PROTO, ...port('443'), 'Forwarded', 'host=a.test'],
      'https://a.test/items',
    ],
    [
      'the port in a header of its own, without a host',
      [...PROTO, ...port('8443'), 'Forwarded', 'host="a.test:8443"'],
      'https://a.test:8443/items',
    ],
    [
      'the default port in a header of its own, beside an IPv6 host',
      [...PROTO, ...port('443'), 'Forwarded', 'host="[2001:db8::1]"'],
      'https://[2001:db8::1]/items',
    ],
    [
      'another port alone, and no host',
      [...PROTO, ...port('8443'), 'Forwarded', 'for=c'],
      'https://inner.test:8443/items',
    ],
  ])('%s', (_, headers, url) => {
    expect(urlOf(headers)).toBe(url)
  })

  it.each([
    ['host', [...HOST, 'Forwarded', 'host=b.test']],
    ['proto', ['X-Forwarded-Proto', 'http', 'Forwarded', 'proto=https']],
    ['proto, though host agrees', ['X-Forwarded-Proto', 'http', ...HOST, 'Forwarded', 'proto=https;host=a.test']],
    ['the port', ['X-Forwarded-Host', 'a.test:8443', 'Forwarded', 'host=a.test']],
    ['the port in a header of its own', [...PROTO, ...HOST, ...port('8443'), 'Forwarded', 'proto=https;host=a.test']],
    [
      'the port in a header of its own, without a host',
      [...PROTO, ...port('80'), 'Forwarded', 'proto=https;host=a.test'],
    ],
    [
      'the last entries, though the first agree',
      ['X-Forwarded-Host', 'a.test, b.test', 'Forwarded', 'host=a.test, host=a.test'],
    ],
    ['a host that is none', ['X-Forwarded-Host', 'a.test/b', 'Forwarded', 'host=a.test']],
  ])('that differ in %s are refused', async (_, headers) => {
    const { reason, detail } = await errorOf(() => urlOf(headers))
    expect([reason, detail]).toEqual(['url_unknown', expect.stringMatching(/^Forwarded says .+, but X-Forwarded-/)])
  })

  it.each([
    [NONE, 'host="b.test", but X-Forwarded-Host says "a.test"'],
    [port('8443'), 'host="b.test", but X-Forwarded-Host says "a.test", X-Forwarded-Port 8443'],
  ])('with %j: Forwarded says %s', async (headers, detail) => {
    const error = await errorOf(() => urlOf([...HOST, ...headers, 'Forwarded', 'host=b.test']))
    const advice = 'let the proxy write one family and remove the other'
    expect(error.detail).toBe(`Forwarded says ${detail}: ${advice}`)
  })
})

describe('each family tells its own hops', () => {
  const trusts = compileTrustProxy('10.0.0.0/8')
  const chain = (headers: readonly string[]): string => {
    const trustedHops = (addresses: readonly string[]): number => countTrusted(addresses, trusts)
    const from = { ...request({ scheme: 'http', host: 'inner.test', headers }), peer: '10.0.0.2', trustedHops }
    return formatTargetUrl(publicUrl(from, NONE).url)
  }
  const EVIL = 'host=evil.test;proto=https'
  const PROXY = 'for=203.0.113.9;host=a.test;proto=https'

  it.each([
    ['X-Forwarded-For says nothing of Forwarded', ['Forwarded', `${EVIL}, ${PROXY}`, 'X-Forwarded-For', '10.0.0.1']],
    ['nor does an empty one', ['Forwarded', `${EVIL}, ${PROXY}`, 'X-Forwarded-For', '']],
    [
      'nor does it narrow it',
      ['Forwarded', `${PROXY}, for=10.0.0.3;host=inner.test`, 'X-Forwarded-For', '203.0.113.9'],
    ],
    [
      'Forwarded says nothing of X-Forwarded-*',
      [
        'Forwarded',
        'for=10.0.0.1',
        ...PROTO,
        'X-Forwarded-Host',
        'evil.test, a.test',
        'X-Forwarded-For',
        '203.0.113.9',
      ],
    ],
    [
      'not even where X-Forwarded-For is missing',
      ['Forwarded', 'for=10.0.0.1', ...PROTO, 'X-Forwarded-Host', 'evil.test, a.test'],
    ],
    ['an element without an address is of nobody known', ['Forwarded', `${EVIL}, host=a.test;proto=https`]],
  ])('%s', (_, headers) => {
    expect(chain(headers)).toBe('https://a.test/items')
  })

  it('and a peer that is not trusted is believed in neither', () => {
    const headers = ['Forwarded', `for=10.0.0.1;${EVIL}`, 'X-Forwarded-For', '10.0.0.1', ...HOST]
    expect(formatTargetUrl(publicUrl(request({ hops: 0, headers }), NONE).url)).toBe('https://api.test/items')
  })
})

describe('schemes of WebSockets are those of the handshake', () => {
  it.each([
    ['wss', ['X-Forwarded-Proto', 'wss', ...HOST], 'https://a.test/items'],
    ['ws', ['X-Forwarded-Proto', 'ws', ...HOST], 'http://a.test/items'],
    ['in upper case', ['X-Forwarded-Proto', 'WSS', ...HOST], 'https://a.test/items'],
    ['in Forwarded', ['Forwarded', 'proto=wss;host=a.test'], 'https://a.test/items'],
    ['in one family', ['X-Forwarded-Proto', 'wss', 'Forwarded', 'proto=https;host=a.test'], 'https://a.test/items'],
  ])('%s', (_, headers, url) => {
    expect(urlOf(headers)).toBe(url)
  })

  it.each(['wss:', 'wsss', 'ws+unix', 'wss, ', 'w s'])('%o is no scheme', async (text) => {
    expect((await errorOf(() => urlOf(['X-Forwarded-Proto', text, ...HOST]))).reason).toBe('url_unknown')
  })

  it('ws beside https differ', async () => {
    const headers = ['X-Forwarded-Proto', 'ws', 'Forwarded', 'proto=https;host=a.test']
    expect((await errorOf(() => urlOf(headers))).detail).toMatch(/^Forwarded says proto="https", but X-Forwarded-Proto/)
  })
})
