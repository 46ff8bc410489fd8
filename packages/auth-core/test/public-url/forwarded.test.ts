import { describe, expect, it } from 'vitest'
import { forwardedFields } from '../../src/public-url/forwarded.js'
import type { ForwardedFields } from '../../src/public-url/forwarded.js'
import { elementAddress } from '../../src/public-url/forwarded-header.js'
import { isAuthError } from '../../src/outcome/errors.js'
import { errorOf, request } from '../support.js'
import type { RequestParts } from '../support.js'

function read(hops: number, headers: readonly string[], parts: RequestParts = {}): ForwardedFields {
  return forwardedFields(request({ hops, headers, ...parts }))
}

function short({ standard, legacy }: ForwardedFields): string {
  return [standard.proto ?? legacy.proto, standard.host ?? legacy.host, legacy.prefix]
    .map((one) => one ?? '-')
    .join(' ')
}

const FOR = (...addresses: string[]): string[] => ['X-Forwarded-For', addresses.join(', ')]

describe('X-Forwarded-*', () => {
  it.each([
    ['no proxy is trusted', 0, ['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'evil.test'], '- - -'],
    ['nothing is said', 1, [], '- - -'],
    [
      'one entry',
      1,
      ['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'a.test', 'X-Forwarded-Prefix', '/v1'],
      'https a.test /v1',
    ],
    [
      'one hop takes the last of two',
      1,
      [...FOR('c'), 'X-Forwarded-Proto', 'http, https', 'X-Forwarded-Host', 'evil.test, a.test'],
      'https a.test -',
    ],
    [
      'one hop takes the last of three',
      1,
      [...FOR('c'), 'X-Forwarded-Host', 'evil.test, evil.test, a.test'],
      '- a.test -',
    ],
    [
      'two hops take the last but one',
      2,
      [...FOR('c', 'p'), 'X-Forwarded-Host', 'evil.test, a.test, inner.test'],
      '- a.test -',
    ],
    ['two hops and one entry: it was passed on', 2, [...FOR('c', 'p'), 'X-Forwarded-Host', 'a.test'], '- a.test -'],
    ['three hops and two entries', 3, [...FOR('c', 'p', 'q'), 'X-Forwarded-Host', 'a.test, b.test'], '- a.test -'],
    [
      'lists over several lines',
      1,
      [...FOR('c'), 'X-Forwarded-Host', 'evil.test', 'X-Forwarded-Host', 'a.test'],
      '- a.test -',
    ],
    [
      'lists over several lines, two hops',
      2,
      [...FOR('c', 'p'), 'X-Forwarded-Host', 'evil.test, a.test', 'x-forwarded-host', 'b.test'],
      '- a.test -',
    ],
    ['space around entries', 1, ['X-Forwarded-Proto', ' http ,\thttps '], 'https - -'],
    ['empty entries of the client', 1, ['X-Forwarded-Proto', 'http,, https'], 'https - -'],
    ['an open quote of the client', 1, ['X-Forwarded-Host', '"evil.test, a.test'], '- a.test -'],
    [
      'an open quote of the client on its own line',
      1,
      ['X-Forwarded-Host', 'evil.test"', 'X-Forwarded-Host', 'a.test'],
      '- a.test -',
    ],
    ['prefixes of two', 2, [...FOR('c', 'p'), 'X-Forwarded-Prefix', '/evil, /a, /b'], '- - /a'],
  ])('%s', (_, hops, headers, expected) => {
    expect(short(read(hops, headers))).toBe(expected)
  })

  it('are not trusted further than there are addresses', () => {
    // No X-Forwarded-For: the chain is the peer alone, so one hop is all that can be trusted.
    expect(short(read(5, ['X-Forwarded-Host', 'evil.test, a.test']))).toBe('- a.test -')
  })

  it.each([
    ['an empty value', 1, ['X-Forwarded-Proto', '']],
    ['an empty value of space', 1, ['X-Forwarded-Host', ' \t ']],
    ['an empty last entry', 1, ['X-Forwarded-Host', 'evil.test, ']],
    ['an empty last line', 1, ['X-Forwarded-Host', 'evil.test', 'X-Forwarded-Host', '']],
    ['an empty port', 1, ['X-Forwarded-Port', '']],
    ['an empty prefix', 1, ['X-Forwarded-Prefix', '/evil,']],
    ['an empty entry of the outermost of two', 2, [...FOR('c', 'p'), 'X-Forwarded-Host', 'evil.test, , inner.test']],
    ['an empty Forwarded', 1, ['Forwarded', '']],
    ['a Forwarded of commas', 1, ['Forwarded', ' , ,']],
  ])("%s is refused: what stands left of it is the client's", async (_, hops, headers) => {
    const { reason, detail } = await errorOf(() => read(hops, headers))
    expect([reason, detail]).toEqual(['url_unknown', expect.stringMatching(/^(X-Forwarded-\w+|Forwarded) is empty: /)])
  })

  it('an empty value of a client whom nobody trusts is ignored', () => {
    expect(short(read(0, ['X-Forwarded-Proto', '', 'Forwarded', '']))).toBe('- - -')
  })

  it('keeps what is no white space in HTTP, so that the grammar refuses it', () => {
    expect(short(read(1, ['X-Forwarded-Host', '\u00a0a.test\v']))).toBe('- \u00a0a.test\v -')
  })

  it.each([
    [FOR('c', '', 'p'), ['192.0.2.1', 'p', 'c']],
    [FOR('', ''), ['192.0.2.1']],
    [
      ['X-Forwarded-For', 'c', 'X-Forwarded-For', '', 'X-Forwarded-For', 'p'],
      ['192.0.2.1', 'p', 'c'],
    ],
  ])('asks for no address that is empty: %j', (headers, chain) => {
    const asked: (readonly string[])[] = []
    const trustedHops = (addresses: readonly string[]): number => asked.push(addresses)
    forwardedFields({ ...request({ headers }), trustedHops })
    expect(asked).toEqual([chain])
  })

  it('tells how many hops are trusted', () => {
    expect(read(0, []).trusted).toBe(false)
    expect(read(0, ['X-Forwarded-Host', 'a.test']).trusted).toBe(false)
    expect(read(2, [...FOR('c', 'p'), 'X-Forwarded-Host', 'a.test']).legacy.hops).toBe(2)
  })

  it.each([
    ['one', 1, [...FOR('c'), 'X-Forwarded-Port', '8443'], '8443'],
    ['the last of two', 1, [...FOR('c'), 'X-Forwarded-Port', '1, 8443'], '8443'],
    ['the last of two lines', 1, [...FOR('c'), 'X-Forwarded-Port', '1', 'X-Forwarded-Port', '8443'], '8443'],
    ['the last but one', 2, [...FOR('c', 'p'), 'X-Forwarded-Port', '1, 8443, 80'], '8443'],
    ['one that two proxies passed on', 2, [...FOR('c', 'p'), 'X-Forwarded-Port', '8443'], '8443'],
    ['nobody trusted', 0, ['X-Forwarded-Port', '8443'], undefined],
  ])('ports: %s', (_, hops, headers, port) => {
    expect(read(hops, headers).legacy.port).toBe(port)
  })
})

describe('Forwarded (RFC 7239)', () => {
  it.each([
    ['one element', 1, 'for=192.0.2.9;proto=https;host=a.test', 'https a.test -'],
    ['names of any case', 1, 'FOR=c;Proto=https;HOST=a.test', 'https a.test -'],
    ['quoted', 1, 'proto="https";host="a.test:8443"', 'https a.test:8443 -'],
    ['quoted with escapes', 1, 'host="a\\.test"', '- a.test -'],
    ['a comma within quotes', 1, 'for="[2001:db8::1]";x="a,b";host=a.test', '- a.test -'],
    ['a semicolon within quotes', 1, 'x="a;host=evil.test";host=a.test', '- a.test -'],
    ['space around', 1, ' proto=https ; host=a.test ', 'https a.test -'],
    ['an extension', 1, 'secret=x;host=a.test', '- a.test -'],
    ['the last of two', 1, 'for=c;host=evil.test;proto=http, for=p;host=a.test;proto=https', 'https a.test -'],
    ['the last but one of three', 2, 'host=evil.test, for=c;host=a.test, for=p;host=inner.test', '- a.test -'],
    ['only proto', 1, 'proto=https', 'https - -'],
    ['the client says more than the proxy', 1, 'host=evil.test;proto=http, for=c', '- - -'],
    [
      'the outer proxy says the scheme, the inner one the host',
      2,
      'host=e, for=c;proto=https, for=p;host=a.test',
      'https a.test -',
    ],
    [
      'the outer proxy says nothing',
      2,
      'host=evil.test;proto=http, for=c, for=p;proto=https;host=a.test',
      'https a.test -',
    ],
    [
      'both proxies say all: the outer one counts',
      2,
      'for=c;proto=https;host=a.test, for=p;proto=http;host=b',
      'https a.test -',
    ],
    ['empty pairs', 1, ';proto=https;;host=a.test;', 'https a.test -'],
    ['empty elements', 1, ', for=c;host=a.test, ,', '- a.test -'],
    ['obfuscated identifiers', 1, 'for=_gazonk;by=_hidden;host=a.test', '- a.test -'],
    ['an IPv6 host', 1, 'host="[2001:db8::1]:8443"', '- [2001:db8::1]:8443 -'],
    ['an escaped quote', 1, 'x="a\\"b;host=evil.test";host=a.test', '- a.test -'],
    ['a tab', 1, 'proto=https;\thost=a.test', 'https a.test -'],
  ])('%s', (_, hops, value, expected) => {
    expect(short(read(hops, ['Forwarded', value]))).toBe(expected)
  })

  it.each([
    ['no pair', 'https'],
    ['no value', 'proto='],
    ['no name', '=https'],
    ['space around the equals sign', 'proto = https'],
    ['a parameter twice', 'host=a.test;host=evil.test'],
    ['a parameter twice, in other case', 'host=a.test;HOST=evil.test'],
    ['an open quote', 'host="a.test'],
    ['text after the quote', 'host="a.test"x'],
    ['a port without quotes', 'host=a.test:8443'],
    ['a slash', 'host=a.test/other'],
    ['an open quote of the client that swallows the element of the proxy', 'host=evil.test;x=", for=c;host="a.test"'],
    ['a control character', 'host=a\0test'],
    ['a control character in quotes', 'host="a\0test"'],
    ['CR and LF in quotes', 'host="a.test\r\nX: y"'],
    ['an escaped line feed', 'host="a.test\\\n"'],
    ['white space that is none in HTTP', 'proto=https;\u00a0host=a.test'],
    ['an IPv6 address without quotes', 'for=[2001:db8::1];host=a.test'],
    ['a blank pair', 'proto=https; ;host=a.test'],
  ])('%s is refused', async (_, value) => {
    expect((await errorOf(() => read(1, ['Forwarded', value]))).reason).toBe('url_unknown')
  })

  it('malformed by a client whom nobody trusts is ignored', () => {
    expect(short(read(0, ['Forwarded', 'host="']))).toBe('- - -')
  })

  it.each([1, 2])('malformed in the entry of a trusted proxy, of %d', async (hops) => {
    const headers = [...FOR('c', 'p'), 'Forwarded', 'for=c;host=a.test, for=p;host=b.test;=']
    expect((await errorOf(() => read(hops, headers))).reason).toBe('url_unknown')
  })

  it('over several lines is one list', () => {
    const headers = ['Forwarded', 'host=evil.test', 'FORWARDED', 'for=c;host=a.test, for=p', 'forwarded', '']
    expect(short(read(2, [...FOR('c', 'p'), ...headers]))).toBe('- a.test -')
  })

  it('malformed further out than trust reaches is ignored', () => {
    expect(short(read(1, ['Forwarded', 'x=;y, for=c;host=a.test']))).toBe('- a.test -')
  })
})

describe('an open quote of the client does not hide the comma of a proxy', () => {
  // The quote that the nearer proxy has to write around an IPv6 address would end the client's.
  const proxies = 'for=c;host=a.test, for="[2001:db8::1]";host=inner.test'

  it.each([
    ['one hop', 1, 'host=evil.test, x="'],
    ['two hops', 2, 'host=evil.test, x="'],
    ['two hops, with a list of its own', 2, 'host=evil.test, host=evil.test, x="'],
    ['two hops, with an escape', 2, 'host=evil.test, x="\\'],
    ['two hops, without a name', 2, 'host=evil.test, "'],
    ['two hops, on a line of its own', 2, 'host=evil.test, x="'],
  ])('%s', async (name, hops, client) => {
    const lines = name.includes('line')
      ? ['Forwarded', client, 'Forwarded', proxies]
      : ['Forwarded', `${client}, ${proxies}`]
    const headers = [...FOR('c', 'p'), ...lines]
    const outcome = await Promise.resolve()
      .then(() => short(read(hops, headers)))
      .catch(async (error: unknown) => (await errorOf(() => Promise.reject(error))).reason)
    expect([`- ${hops === 1 ? 'inner' : 'a'}.test -`, 'url_unknown']).toContain(outcome)
  })
})

describe('a long header', () => {
  it.each([
    ['escaped quotes that never close', `x="${'\\"'.repeat(30_000)}`],
    ['quotes', '"'.repeat(60_000)],
    ['open pairs', 'x="'.repeat(20_000)],
    ['pairs', 'x="a";'.repeat(10_000)],
    ['closed pairs and an open one', `${'x="a",'.repeat(10_000)}x="`],
    ['backslashes', `x="${'\\'.repeat(60_000)}`],
    ['spaces', ' '.repeat(60_000)],
    ['commas', ','.repeat(60_000)],
    ['for parameters', ';for='.repeat(12_000)],
  ])('of %s takes no time', (_, value) => {
    const before = process.cpuUsage()
    for (const name of ['Forwarded', 'X-Forwarded-Host', 'X-Forwarded-For']) {
      try {
        read(1, [name, value])
      } catch {
        continue
      }
    }
    expect(process.cpuUsage(before).user).toBeLessThan(500_000)
  })
})

describe('the chain that the framework is asked about', () => {
  function chainOf(headers: readonly string[], peer: string | undefined = '10.0.0.1'): readonly string[] {
    return chainsOf(headers, peer).at(-1) ?? []
  }

  /** One for each family that is there, X-Forwarded-* first, since that one says whether the peer is trusted at all. */
  function chainsOf(headers: readonly string[], peer?: string): readonly (readonly string[])[] {
    const asked: (readonly string[])[] = []
    const trustedHops = (chain: readonly string[]): number => {
      asked.push(chain)
      return 1
    }
    try {
      forwardedFields({ ...request({ headers }), peer, trustedHops })
    } catch (error) {
      if (!isAuthError(error)) throw error
    }
    return asked
  }

  it.each([
    ['the peer alone', ['X-Forwarded-Proto', 'https'], ['10.0.0.1']],
    ['nearest first', FOR('c', 'p', 'q'), ['10.0.0.1', 'q', 'p', 'c']],
    ['over several lines', [...FOR('c', 'p'), ...FOR('q')], ['10.0.0.1', 'q', 'p', 'c']],
    ['Forwarded', ['Forwarded', 'for=192.0.2.1, for=192.0.2.2'], ['10.0.0.1', '192.0.2.2', '192.0.2.1']],
    ['Forwarded with ports', ['Forwarded', 'for="192.0.2.1:4711"'], ['10.0.0.1', '192.0.2.1']],
    ['Forwarded with IPv6', ['Forwarded', 'for="[2001:db8::1]:4711"'], ['10.0.0.1', '2001:db8::1']],
    ['Forwarded with an obfuscated port', ['Forwarded', 'for="192.0.2.1:_p"'], ['10.0.0.1', '192.0.2.1']],
    ['Forwarded with a port that is none', ['Forwarded', 'for="127.0.0.1:evil"'], ['10.0.0.1', 'unknown']],
    ['Forwarded with brackets and no quotes', ['Forwarded', 'for=[::1]'], ['10.0.0.1', 'unknown']],
    ['Forwarded with for twice', ['Forwarded', 'for=127.0.0.1;for=192.0.2.1'], ['10.0.0.1', 'unknown']],
    [
      'a for in the quotes of another',
      ['Forwarded', 'host="a;for=127.0.0.1";for=192.0.2.1'],
      ['10.0.0.1', '192.0.2.1'],
    ],
    ['Forwarded with names of any case', ['Forwarded', 'Host=a.test;For=192.0.2.1'], ['10.0.0.1', '192.0.2.1']],
    ['Forwarded with a name', ['Forwarded', 'for=_hidden, for=unknown'], ['10.0.0.1', 'unknown', 'unknown']],
    ['Forwarded without for', ['Forwarded', 'host=a.test'], ['10.0.0.1', 'unknown']],
    ['Forwarded that tries to end the text', ['Forwarded', 'for="127.0.0.1\\""'], ['10.0.0.1', 'unknown']],
  ])('%s', (_, headers, chain) => {
    expect(chainOf(headers)).toEqual(chain)
  })

  it('is one for each family', () => {
    const headers = [...FOR('c', 'b'), 'Forwarded', 'for=192.0.2.1']
    expect(chainsOf(headers, 'p')).toEqual([
      ['p', 'b', 'c'],
      ['p', '192.0.2.1'],
    ])
    expect(chainsOf(['Forwarded', 'for=192.0.2.1'], 'p')).toEqual([['p'], ['p', '192.0.2.1']])
    expect(chainsOf(FOR('c'), 'p')).toEqual([['p', 'c']])
  })

  it('has an empty text for a peer that the runtime does not tell', () => {
    let asked: readonly string[] = []
    const headers = ['X-Forwarded-Proto', 'https']
    forwardedFields({ ...request({ headers }), peer: undefined, trustedHops: (chain) => (asked = chain).length - 1 })
    expect(asked).toEqual([''])
  })

  it('is not asked for where nothing was forwarded', () => {
    expect(read(1, [])).toEqual({ trusted: false, standard: { hops: 0 }, legacy: { hops: 0 } })
    expect(chainOf([])).toEqual([])
  })
})

describe('the address of an element', () => {
  it.each([
    ['for=192.0.2.1', '192.0.2.1'],
    ['proto=https;FOR=192.0.2.1', '192.0.2.1'],
    ['for="192.0.2.1:443"', '192.0.2.1'],
    ['for="192.0.2.1:_a.b-c"', '192.0.2.1'],
    ['for="[2001:db8::1]"', '2001:db8::1'],
    ['for="[2001:db8::1]:443"', '2001:db8::1'],
  ])('%s: %s', (element, address) => {
    expect(elementAddress(element)).toBe(address)
  })

  // Whoever finds an address in them trusts what a client made up.
  it.each([
    '',
    'proto=https',
    'for=unknown',
    'for=_hidden',
    'for=x127.0.0.1',
    'for=127.0.0.1x',
    'for="x[::1]"',
    'for="[::1]x"',
    'for="_127.0.0.1"',
    'for="a, 127.0.0.1"',
    'for="127.0.0.1:"',
    'for="127.0.0.1:123456"',
    'for="127.0.0.1:_"',
    'for="::1"',
    'host="x;for=127.0.0.1"',
    'for=127.0.0.1;for=127.0.0.1',
    'for=[::1]',
  ])('%o has none', (element) => {
    expect(elementAddress(element)).toBe('unknown')
  })
})
