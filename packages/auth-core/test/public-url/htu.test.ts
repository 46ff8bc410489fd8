import { describe, expect, it } from 'vitest'
import { formatTargetUrl, parsePort, parseTargetUrl, targetUrl } from '../../src/public-url/htu.js'

function normal(text: string): string | undefined {
  const url = parseTargetUrl(text)
  return url && formatTargetUrl(url)
}

// RFC 1035 §2.3.4: 63 octets a label; 255 on the wire, which is 253 as text.
const LONGEST = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(57)}.test`.slice(1)

describe('normalisation', () => {
  it.each([
    // scheme and host
    ['https://api.test/x', 'https://api.test/x'],
    ['HTTPS://API.Test/x', 'https://api.test/x'],
    ['hTTp://api.test/x', 'http://api.test/x'],
    ['https://api.test./x', 'https://api.test./x'],
    ['https://xn--bcher-kva.test/', 'https://xn--bcher-kva.test/'],
    ['https://XN--BCHER-KVA.test/', 'https://xn--bcher-kva.test/'],
    ['https://my_service/x', 'https://my_service/x'],
    ['http://localhost:3000/x', 'http://localhost:3000/x'],
    // a last label with a digit, which is no number
    ['https://api.test1:8443/x', 'https://api.test1:8443/x'],
    ['https://Node-1/x', 'https://node-1/x'],
    ['https://api.0y1:8443/x', 'https://api.0y1:8443/x'],
    // ports
    ['https://api.test:443/x', 'https://api.test/x'],
    ['http://api.test:80/x', 'http://api.test/x'],
    ['https://api.test:80/x', 'https://api.test:80/x'],
    ['http://api.test:443/x', 'http://api.test:443/x'],
    ['https://api.test:/x', 'https://api.test/x'],
    ['https://api.test:00443/x', 'https://api.test/x'],
    ['https://api.test:08443/x', 'https://api.test:8443/x'],
    ['https://api.test:65535/x', 'https://api.test:65535/x'],
    // empty path
    ['https://api.test', 'https://api.test/'],
    ['https://api.test:443', 'https://api.test/'],
    ['https://api.test?x', 'https://api.test/'],
    ['https://api.test#x', 'https://api.test/'],
    // query and fragment
    ['https://api.test/x?y=1', 'https://api.test/x'],
    ['https://api.test/x#y', 'https://api.test/x'],
    ['https://api.test/x?y#z', 'https://api.test/x'],
    ['https://api.test/x#y?z', 'https://api.test/x'],
    ['https://api.test/x?', 'https://api.test/x'],
    ['https://api.test/x#', 'https://api.test/x'],
    ['https://api.test/x?../../y', 'https://api.test/x'],
    // the path keeps its case, its trailing slash and its empty segments
    ['https://api.test/A/b/', 'https://api.test/A/b/'],
    ['https://api.test/a//b', 'https://api.test/a//b'],
    ['https://api.test//evil.test/x', 'https://api.test//evil.test/x'],
    ["https://api.test/a;b=c,d:e@f!$&'()*+", "https://api.test/a;b=c,d:e@f!$&'()*+"],
    // dot segments (RFC 3986 §5.2.4)
    ['https://api.test/a/./b', 'https://api.test/a/b'],
    ['https://api.test/a/../b', 'https://api.test/b'],
    ['https://api.test/a/b/../../c', 'https://api.test/c'],
    ['https://api.test/../../a', 'https://api.test/a'],
    ['https://api.test/a/..', 'https://api.test/'],
    ['https://api.test/a/b/..', 'https://api.test/a/'],
    ['https://api.test/a/.', 'https://api.test/a/'],
    ['https://api.test/.', 'https://api.test/'],
    ['https://api.test/..', 'https://api.test/'],
    ['https://api.test/a//../b', 'https://api.test/a/b'],
    ['https://api.test/a/...', 'https://api.test/a/...'],
    ['https://api.test/a/.b', 'https://api.test/a/.b'],
    ['https://api.test/a/b.', 'https://api.test/a/b.'],
    ['https://api.test/a/..;/b', 'https://api.test/a/..;/b'],
    ['https://api.test/a/%2e/b', 'https://api.test/a/b'],
    ['https://api.test/a/%2E%2e/b', 'https://api.test/b'],
    ['https://api.test/a/.%2e/b', 'https://api.test/b'],
    ['https://api.test/a/%2e%2e%2fb', 'https://api.test/a/..%2Fb'],
    // percent-encoding (RFC 3986 §6.2.2.2)
    ['https://api.test/%7Euser', 'https://api.test/~user'],
    ['https://api.test/%41%5a%61%7a%30%2d%5f', 'https://api.test/AZaz0-_'],
    ['https://api.test/a%2Fb', 'https://api.test/a%2Fb'],
    ['https://api.test/a%2fb', 'https://api.test/a%2Fb'],
    ['https://api.test/a%5cb', 'https://api.test/a%5Cb'],
    ['https://api.test/a%3fb%23c', 'https://api.test/a%3Fb%23c'],
    ['https://api.test/%252e%252e/b', 'https://api.test/%252e%252e/b'],
    ['https://api.test/%2561', 'https://api.test/%2561'],
    ['https://api.test/%00%0d%0a', 'https://api.test/%00%0D%0A'],
    ['https://api.test/caf%c3%a9', 'https://api.test/caf%C3%A9'],
    ['https://api.test/%21%24%3d', 'https://api.test/%21%24%3D'],
    // printable characters that no URL has by RFC 3986, and that clients send: WHATWG URL leaves most of them alone
    ['https://api.test/auth0|1', 'https://api.test/auth0%7C1'],
    ['https://api.test/auth0%7c1', 'https://api.test/auth0%7C1'],
    ['https://api.test/a^b', 'https://api.test/a%5Eb'],
    ['https://api.test/{id}', 'https://api.test/%7Bid%7D'],
    ['https://api.test/[a]', 'https://api.test/%5Ba%5D'],
    ['https://api.test/<a>', 'https://api.test/%3Ca%3E'],
    ['https://api.test/"a"', 'https://api.test/%22a%22'],
    ['https://api.test/`a`', 'https://api.test/%60a%60'],
    ['https://api.test/|/../[', 'https://api.test/%5B'],
    ['https://api.test/[..]/|.', 'https://api.test/%5B..%5D/%7C.'],
    // they keep the encoding of all else
    ['https://api.test/|%2F%5c%25', 'https://api.test/%7C%2F%5C%25'],
    // whatever the query and the fragment hold
    ['https://api.test/x?a[b]={"c":"<|^`>"}', 'https://api.test/x'],
    ['https://api.test/x?50%', 'https://api.test/x'],
    ['https://api.test/x?a\\b', 'https://api.test/x'],
    ['https://api.test/x?q=caf\u00e9', 'https://api.test/x'],
    ['https://api.test/x#a#b', 'https://api.test/x'],
    ['https://api.test/x#/\\user@evil.test', 'https://api.test/x'],
    // names of the greatest length (RFC 1035 §2.3.4)
    [`https://${'a'.repeat(63)}.test/`, `https://${'a'.repeat(63)}.test/`],
    [`https://${LONGEST}/`, `https://${LONGEST}/`],
    [`https://${LONGEST}./`, `https://${LONGEST}./`],
    [`https://${LONGEST.toUpperCase()}:8443/`, `https://${LONGEST}:8443/`],
    // IPv4 and IPv6
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://255.255.255.255/', 'http://255.255.255.255/'],
    ['http://[::1]/', 'http://[::1]/'],
    ['http://[::1]:80/', 'http://[::1]/'],
    ['http://[::1]:8080/', 'http://[::1]:8080/'],
    ['http://[0:0:0:0:0:0:0:1]/', 'http://[::1]/'],
    ['http://[2001:DB8::0001]/', 'http://[2001:db8::1]/'],
    ['http://[2001:db8:0:0:1:0:0:1]/', 'http://[2001:db8::1:0:0:1]/'],
    ['http://[::ffff:192.0.2.1]/', 'http://[::ffff:c000:201]/'],
  ])('%s → %s', (text, expected) => {
    expect(normal(text)).toBe(expected)
    expect(normal(expected)).toBe(expected)
  })
})

describe('refused', () => {
  it.each([
    ['empty', ''],
    ['no scheme', 'api.test/x'],
    ['relative', '/x'],
    ['without a scheme', '//api.test/x'],
    ['ftp', 'ftp://api.test/x'],
    ['ws', 'wss://api.test/x'],
    ['javascript', 'javascript:alert(1)'],
    ['data', 'data:,x'],
    ['file', 'file:///etc/passwd'],
    ['one slash', 'https:/api.test/x'],
    ['no slash', 'https:api.test/x'],
    ['three slashes', 'https:///api.test/x'],
    ['backslashes', 'https:\\\\api.test\\x'],
    ['a backslash in the authority', 'https://api.test\\@evil.test/x'],
    ['a backslash in the path', 'https://api.test/a\\b'],
    ['a user', 'https://user@api.test/x'],
    ['a password', 'https://user:pass@api.test/x'],
    ['an empty user', 'https://@api.test/x'],
    ['an encoded host', 'https://api%2etest/x'],
    ['an empty host', 'https:///'],
    ['a port without a host', 'https://:443/x'],
    ['a comma in the host', 'https://api.test,evil.test/x'],
    ['a space in the host', 'https://api .test/x'],
    ['a leading space', ' https://api.test/x'],
    ['a trailing space', 'https://api.test/x '],
    ['a space in the path', 'https://api.test/a b'],
    ['a tab', 'https://api.test/a\tb'],
    ['a tab within the scheme', 'ht\ttps://api.test/x'],
    ['CR LF', 'https://api.test/a\r\nb'],
    ['a line feed at the end', 'https://api.test/x\n'],
    ['NUL', 'https://api.test/a\0b'],
    ['DEL', 'https://api.test/a\x7fb'],
    ['beyond ASCII in the path', 'https://api.test/café'],
    ['beyond ASCII in the host', 'https://bücher.test/'],
    ['a full-width dot', 'https://api\uff0etest/'],
    ['a full-width slash', 'https://api.test\uff0fx'],
    ['a Kelvin sign', 'https://\u212aapi.test/'],
    ['a soft hyphen', 'https://a\u00adpi.test/'],
    ['a lone surrogate', 'https://api.test/\ud800'],
    ['half an escape', 'https://api.test/%'],
    ['a short escape', 'https://api.test/%4'],
    ['no hexadecimal escape', 'https://api.test/%zz'],
    ['a space in the query', 'https://api.test/?a b'],
    ['a line feed in the fragment', 'https://api.test/#a\nb'],
    ['a tab in the query', 'https://api.test/?a\tb'],
    ['NUL in the query', 'https://api.test/?a\0b'],
    ['DEL in the query', 'https://api.test/?a\x7fb'],
    ['a control character beyond ASCII in the query', 'https://api.test/?a\u0085b'],
    ['a space of another kind in the query', 'https://api.test/?a\u00a0b'],
    ['a line separator in the fragment', 'https://api.test/#a\u2028b'],
    ['a backslash before the query', 'https://api.test\\?a'],
    ['half an escape before a pipe', 'https://api.test/%|7C'],
    ['a pipe in the host', 'https://api|.test/'],
    ['a bracket in the host', 'https://api[.test/'],
    ['a label of 64 characters', `https://${'a'.repeat(64)}.test/`],
    ['a last label of 64 characters', `https://api.${'a'.repeat(64)}/`],
    ['a label of 64 characters, in upper case', `https://${'A'.repeat(64)}.test/`],
    ['a label of 64 characters and a port', `https://${'a'.repeat(64)}.test:8443/`],
    ['a name of 254 characters', `https://a${LONGEST}/`],
    ['a name of 254 characters and a dot', `https://a${LONGEST}./`],
    ['a name of 254 characters and a port', `https://a${LONGEST}:8443/`],
    ['port 0', 'https://api.test:0/x'],
    ['port 65536', 'https://api.test:65536/x'],
    ['six digits of port', 'https://api.test:000443/x'],
    ['a negative port', 'https://api.test:-1/x'],
    ['a named port', 'https://api.test:https/x'],
    ['two ports', 'https://api.test:443:443/x'],
    ['an integer IP', 'http://2130706433/'],
    ['a hexadecimal IP', 'http://0x7f000001/'],
    ['a short IP', 'http://127.1/'],
    ['a hexadecimal part', 'http://127.0.0.0x1/'],
    ['an octal IP', 'http://017700000001/'],
    ['an octal part', 'http://0177.0.0.1/'],
    ['five parts', 'http://1.2.3.4.5/'],
    ['a part of 256', 'http://1.2.3.256/'],
    ['an integer IP with a trailing dot', 'http://2130706433./'],
    ['an IPv4 with a trailing dot', 'http://127.0.0.1./'],
    ['a name that ends in a number', 'http://api.1/'],
    ['IPv6 without brackets', 'http://::1/'],
    ['IPv6 with a zone', 'http://[fe80::1%25eth0]/'],
    ['IPv6 of nine groups', 'http://[1:2:3:4:5:6:7:8:9]/'],
    ['IPv6 of nine groups and a port', 'http://[1:2:3:4:5:6:7:8:9]:8080/'],
    ['IPv6 with two gaps', 'http://[1::2::3]/'],
    ['an open bracket', 'http://[::1/'],
    ['text after the bracket', 'http://[::1]x/'],
    ['IPvFuture', 'http://[v1.a]/'],
    ['empty brackets', 'http://[]/'],
    ['a leading dot', 'http://.api.test/'],
    ['a leading hyphen', 'http://-api.test/'],
  ])('%s', (_, text) => {
    expect(normal(text)).toBe(undefined)
  })

  // The URL Standard has it either way over time, and so have versions of Node. It is compared as text: nothing else equals it.
  it('a broken punycode label, or it stays as it is', () => {
    expect([undefined, 'http://xn--a/']).toContain(normal('http://xn--a/'))
  })

  it('in no time, however long', () => {
    const before = process.cpuUsage()
    for (const text of [
      `https://${'a'.repeat(100_000)}!`,
      `https://${'a.'.repeat(50_000)}!`,
      `https://api.test${'/..'.repeat(50_000)} `,
      `https://api.test/${'%2e'.repeat(50_000)}%`,
      `https://api.test/${'a/../'.repeat(20_000)}\n`,
    ]) {
      expect(normal(text)).toBe(undefined)
    }
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
  })
})

describe('targetUrl, from parts', () => {
  it.each([
    ['https', 'api.test', '/x', 'https://api.test/x'],
    ['http', 'API.test:80', '', 'http://api.test/'],
    ['HTTPS', 'api.test', '/x', undefined],
    ['ws', 'api.test', '/x', undefined],
    ['', 'api.test', '/x', undefined],
    ['https', 'api.test/other?', '/x', undefined],
    ['https', 'api.test#', '/x', undefined],
    ['https', 'user@api.test', '/x', undefined],
    ['https', '', '/x', undefined],
    ['https', 'api.test', 'x', undefined],
    ['https', 'api.test', '/x?y', undefined],
    ['https', 'api.test', '/x#y', undefined],
    ['https', 'api.test', '//evil.test/x', 'https://api.test//evil.test/x'],
    ['https', 'api.test', 'https://evil.test/x', undefined],
  ])('%s %s %s', (scheme, authority, path, expected) => {
    const url = targetUrl(scheme, authority, path)
    expect(url && formatTargetUrl(url)).toBe(expected)
  })

  it.each([
    ['https', 'api.test', 8443, 'api.test:8443'],
    ['https', 'api.test', 443, 'api.test'],
    ['http', 'api.test', 443, 'api.test:443'],
    ['https', 'API.test', 8443, 'api.test:8443'],
    ['https', '[::1]', 8443, '[::1]:8443'],
    ['https', 'api.test:', 8443, 'api.test:8443'],
    ['https', 'api.test:443', 8443, 'api.test'],
    ['https', 'api.test:9443', 8443, 'api.test:9443'],
    ['https', 'api.test:0', 8443, undefined],
  ])('%s %s, on port %s unless it names one: %s', (scheme, authority, port, expected) => {
    expect(targetUrl(scheme, authority, '/', port)?.authority).toBe(expected)
  })
})

describe('parsePort', () => {
  it.each([
    ['1', 1],
    ['80', 80],
    ['00080', 80],
    ['65535', 65_535],
  ])('%o: %s', (text, port) => {
    expect(parsePort(text)).toBe(port)
  })

  it.each(['', '0', '00000', '65536', '000080', '100000', 'x80', '80x', '-1', '+1', '1.5', '1e2', ' 80', '80\n', '٨٠'])(
    '%o is none',
    (text) => {
      expect(parsePort(text)).toBe(undefined)
    },
  )
})
