import { describe, expect, it } from 'vitest'
import { formatTargetUrl } from '../../src/public-url/htu.js'
import { givenUrl, originOf, publicUrl } from '../../src/public-url/public-url.js'
import { errorOf, faultOf, request } from '../support.js'
import type { RequestParts } from '../support.js'

function urlOf(parts: RequestParts, publicOrigins: readonly string[] = []): string {
  return formatTargetUrl(publicUrl(request(parts), publicOrigins).url)
}

async function reasonOf(parts: RequestParts, publicOrigins: readonly string[] = []): Promise<string> {
  return (await errorOf(() => urlOf(parts, publicOrigins))).reason
}

describe('without proxies', () => {
  it.each([
    [{}, 'https://api.test/items'],
    [{ scheme: 'http' }, 'http://api.test/items'],
    [{ host: 'API.TEST:443' }, 'https://api.test/items'],
    [{ host: 'api.test:8443' }, 'https://api.test:8443/items'],
    [{ host: '[::1]:8443' }, 'https://[::1]:8443/items'],
    [{ target: '/' }, 'https://api.test/'],
    [{ target: '/a/b?c=/d#e' }, 'https://api.test/a/b'],
    [{ target: '/a?https://evil.test/' }, 'https://api.test/a'],
    [{ target: '/a/../b' }, 'https://api.test/b'],
    [{ target: '/%2e%2e/%7Ea%2fb' }, 'https://api.test/~a%2Fb'],
    [{ target: '/auth0|1/{a}?b|c' }, 'https://api.test/auth0%7C1/%7Ba%7D'],
    [{ target: '/[evil.test]/<a>"`^' }, 'https://api.test/%5Bevil.test%5D/%3Ca%3E%22%60%5E'],
    [{ target: '//evil.test/x' }, 'https://api.test//evil.test/x'],
    [{ target: '///evil.test' }, 'https://api.test///evil.test'],
    [{ target: '/https://evil.test/x' }, 'https://api.test/https://evil.test/x'],
    [{ target: '/@evil.test' }, 'https://api.test/@evil.test'],
    [{ target: '/:80' }, 'https://api.test/:80'],
    [{ host: [], headers: [':authority', 'api.test'] }, 'https://api.test/items'],
  ])('%o → %s', (parts, url) => {
    expect(urlOf(parts)).toBe(url)
  })

  it.each(
    [
      'api.test/other?',
      'api.test/other',
      'api.test?',
      'api.test#',
      'api.test\\',
      '/api.test',
      'https://api.test',
      'user@api.test',
      'user:pass@api.test',
      '@api.test',
      'api.test,evil.test',
      'api.test, evil.test',
      'api.test evil.test',
      ' api.test',
      'api.test ',
      'api.test\t',
      'api.test\r\n',
      'api.test\0',
      '',
      ':443',
      'api.test:',
      'api.test:0',
      'api.test:65536',
      'api.test:x',
      'api.test:443:443',
      '[::1',
      '::1',
      '[fe80::1%25eth0]',
      '2130706433',
      '0x7f.1',
      '127.1',
      'api%2etest',
      'bücher.test',
      'api\u3002test',
      '-',
      '.',
      '*',
    ].filter((host) => host !== 'api.test:'),
  )('Host %o cannot be', async (host) => {
    expect(await reasonOf({ host })).toBe('url_unknown')
  })

  it.each([
    ['no Host', { host: [] }],
    ['two Hosts', { host: ['api.test', 'evil.test'] }],
    ['the same Host twice', { host: ['api.test', 'api.test'] }],
    ['a Host of another case', { headers: ['HOST', 'evil.test'] }],
    ['two authorities', { headers: [':authority', 'api.test', ':authority', 'evil.test'] }],
    ['a bad authority', { headers: [':authority', 'api.test/other?'] }],
    ['an unknown scheme', { scheme: 'ws' }],
    ['no scheme', { scheme: '' }],
    ['a scheme with a colon', { scheme: 'https:' }],
  ])('%s', async (_, parts) => {
    expect(await reasonOf(parts)).toBe('url_unknown')
  })

  it.each([
    '',
    '*',
    'items',
    'https://api.test/items',
    'http://evil.test/items',
    'api.test:443',
    '?x',
    '#x',
    '\\items',
    '/a b',
    '/a\\b',
    '/a\tb',
    '/a\r\nb',
    '/a\0b',
    '/café',
    '/%',
    '/%4',
    '/%zz',
    '/a\x7fb',
    '/a|%b',
  ])('the request target %o cannot be', async (target) => {
    expect(await reasonOf({ target })).toBe('url_unknown')
  })

  it('pays no heed to what nobody trusted says', () => {
    const headers = [
      'X-Forwarded-Proto',
      'http',
      'X-Forwarded-Host',
      'evil.test',
      'X-Forwarded-Prefix',
      '/evil',
      'Forwarded',
      'host=evil.test;proto=http',
      'X-Original-Host',
      'evil.test',
      'X-Forwarded-Server',
      'evil.test',
      'X-Original-URL',
      '/evil',
      'X-Rewrite-URL',
      '/evil',
      'X-Host',
      'evil.test',
    ]
    expect(urlOf({ headers })).toBe('https://api.test/items')
  })
})

describe('X-Forwarded-Prefix', () => {
  const prefixed = (prefix: string): RequestParts => ({ hops: 1, headers: ['X-Forwarded-Prefix', prefix] })

  it.each([
    ['/', 'https://api.test/items'],
    ['/v1', 'https://api.test/v1/items'],
    ['/v1/', 'https://api.test/v1/items'],
    ['/a/b-c_d.e~f', 'https://api.test/a/b-c_d.e~f/items'],
    ['/...', 'https://api.test/.../items'],
    ['/.a', 'https://api.test/.a/items'],
    ['/v1;a=b/x', 'https://api.test/v1;a=b/x/items'],
    ['/...;/..a;', 'https://api.test/...;/..a;/items'],
  ])('%s → %s', (prefix, url) => {
    expect(urlOf(prefixed(prefix))).toBe(url)
  })

  it.each([
    ['/../items', '/v1/items'],
    ['/%2e%2e/items', '/v1/items'],
    ['/.%2E/%2e./items', '/v1/items'],
    ['/x/../../../items', '/v1/items'],
    ['/..', '/v1/'],
    ['/..%2fitems', '/v1/..%2Fitems'],
  ])('no path leaves the prefix: %s', (target, path) => {
    expect(urlOf({ ...prefixed('/v1'), target })).toBe(`https://api.test${path}`)
  })

  it.each([
    'v1',
    '//v1',
    '//evil.test',
    '/v1//',
    '/a//b',
    '/..',
    '/../',
    '/a/..',
    '/a/../b',
    '/.',
    '/a/./b',
    '/v1/..;/admin',
    '/..;',
    '/..;a=b/',
    '/v1/.;/x',
    '/v1/.;x=1',
    '/a|b',
    '/%2e%2e',
    '/%2E',
    '/%2f',
    '/a%2Fb',
    '/%5c',
    '/a%20b',
    '\\v1',
    '/a\\b',
    '/a?b',
    '/a#b',
    '/a b',
    '/a\tb',
    '/a\r\nb',
    '/a\0',
    '/\x7f',
    '/ä',
    '/"',
    '/[a]',
    'https://evil.test/',
    '/https://evil.test',
    '.',
    '..',
    '?',
    '@evil.test',
  ])('%o cannot be', async (prefix) => {
    expect(await reasonOf(prefixed(prefix))).toBe('url_unknown')
  })
})

describe('publicOrigins', () => {
  const origins = ['https://api.test', 'https://[2001:db8::1]:8443']

  it.each([
    [{}, 'https://api.test/items'],
    [{ host: 'API.test:443' }, 'https://api.test/items'],
    [{ host: '[2001:DB8:0::1]:8443' }, 'https://[2001:db8::1]:8443/items'],
  ])('%o is one of them', (parts, url) => {
    expect(urlOf(parts, origins)).toBe(url)
  })

  it.each([
    { host: 'evil.test' },
    { host: 'api.test.evil.test' },
    { host: 'evil-api.test' },
    { host: 'api.test.' },
    { host: 'api.test:8443' },
    { scheme: 'http' },
    { scheme: 'http', host: 'api.test:443' },
    { host: '[2001:db8::1]' },
    { hops: 1, headers: ['X-Forwarded-Host', 'evil.test'] },
    { hops: 1, headers: ['X-Forwarded-Proto', 'http'] },
    { hops: 1, headers: ['Forwarded', 'proto=http'] },
  ])('%o is none of them', async (parts) => {
    expect(await reasonOf(parts, origins)).toBe('url_unknown')
  })
})

describe('originOf', () => {
  it.each([
    ['https://api.test', 'https://api.test'],
    ['https://api.test/', 'https://api.test'],
    ['HTTPS://API.TEST:443', 'https://api.test'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('%s → %s', (text, origin) => {
    expect(originOf(text)).toBe(origin)
  })

  it.each([
    '',
    '*',
    'null',
    'api.test',
    '//api.test',
    'https://api.test/x',
    'https://api.test//',
    'https://api.test?',
    'https://api.test#',
    'https://user@api.test',
    'ftp://api.test',
    'https://*.test',
    ' https://api.test',
    'https://api.test ',
    `https://${'a'.repeat(64)}.test`,
    1,
    null,
    undefined,
    ['https://api.test'],
    {},
  ])('%o is none', (text) => {
    expect(originOf(text)).toBe(undefined)
  })
})

describe('givenUrl', () => {
  it('is normalised', () => {
    expect(formatTargetUrl(givenUrl('HTTPS://API.test:443/a/../b?c').url)).toBe('https://api.test/b')
  })

  it.each(['', '/items', 'https://api.test/a b', 'ftp://api.test/'])('%o throws a TypeError', async (text) => {
    expect((await faultOf(() => givenUrl(text))).name).toBe('TypeError')
  })

  it.each([undefined, null, 1, {}, ['https://api.test/'], new URL('https://api.test/')])(
    'what is no text throws a TypeError: %o',
    async (value) => {
      expect((await faultOf(() => givenUrl(value))).name).toBe('TypeError')
    },
  )
})
