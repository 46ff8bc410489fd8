import { describe, expect, it } from 'vitest'

import { formatTargetUrl } from '../../src/public-url/htu.js'
import { givenPublicUrl } from '../../src/public-url/public-url.js'
import { resolvePublicUrl } from '../../src/options/public-url-option.js'
import type { GivenBase } from '../../src/options/public-url-option.js'
import { createWorld, errorOf, faultOf, refused, request, verdict } from '../support.js'
import type { RequestParts } from '../support.js'

const NONE: readonly string[] = []

function baseOf(url: string): GivenBase {
  const base = resolvePublicUrl(url, NONE)
  if (base === undefined) throw new Error('no base')
  return base
}

function urlOf(publicUrl: string, parts: RequestParts): string {
  return formatTargetUrl(givenPublicUrl(request(parts), baseOf(publicUrl)).url)
}

describe('the URL below a given one', () => {
  it.each([
    ['https://a.test', '/items', 'https://a.test/items'],
    ['https://a.test/', '/items?x', 'https://a.test/items'],
    ['https://a.test/svc2', '/items', 'https://a.test/svc2/items'],
    ['https://a.test/svc2/', '/items', 'https://a.test/svc2/items'],
    ['https://a.test/svc2', '/', 'https://a.test/svc2/'],
    ['https://a.test/svc2/v1', '/a//b/', 'https://a.test/svc2/v1/a//b/'],
    ['HTTPS://A.Test:443/Svc', '/%7Ea|b', 'https://a.test/Svc/~a%7Cb'],
    ['http://127.0.0.1:3000', '/items', 'http://127.0.0.1:3000/items'],
    ['https://[2001:DB8::1]:8443/x', '/items', 'https://[2001:db8::1]:8443/x/items'],
    // No path leads out of it, or to another host.
    ['https://a.test/svc2', '/../svc1/items', 'https://a.test/svc2/svc1/items'],
    ['https://a.test/svc2', '/%2e%2e/%2E./items', 'https://a.test/svc2/items'],
    ['https://a.test', '//evil.test/x', 'https://a.test//evil.test/x'],
  ])('%s and %s', (publicUrl, target, url) => {
    expect(urlOf(publicUrl, { target })).toBe(url)
  })

  it.each([
    ['Host', { host: 'evil.test' }],
    ['no Host', { host: [] }],
    ['two', { host: ['a.test', 'b.test'] }],
    ['a malformed one', { host: 'a.test/other?' }],
    ['the scheme of the connection', { scheme: 'http' }],
    [
      'forwarded headers',
      { hops: 3, headers: ['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'evil.test', 'X-Forwarded-Prefix', '/x'] },
    ],
    ['malformed ones', { hops: 3, headers: ['Forwarded', 'host="', 'X-Forwarded-Port', 'x'] }],
  ])('does not go by %s', (_, parts) => {
    expect(urlOf('https://a.test/svc2', parts)).toBe('https://a.test/svc2/items')
  })

  it.each(['https://a.test/items', '*', '', '/50%', '/a\\b'])('has no target %o', async (target) => {
    expect((await errorOf(() => urlOf('https://a.test', { target }))).reason).toBe('url_unknown')
  })
})

describe('the option', () => {
  it.each([
    '',
    'api.example.com',
    '/svc2',
    '//api.example.com',
    'ftp://a.test',
    'wss://a.test',
    'https://user@a.test',
    'https://a.test?x',
    'https://a.test#x',
    'https://a.test/a b',
    'https://a.test/a%2Fb',
    'https://a.test/%61',
    'https://a.test/a/../b',
    'https://a.test/..;/b',
    'https://a.test//b',
    'https://a.test/b//',
    'https://a.test/a|b',
    'https://a.test\\b',
    ' https://a.test',
    'https://*.test',
    null,
    1,
    {},
    ['https://a.test'],
  ])('%o throws a TypeError', async (given) => {
    const { name, message } = await faultOf(() => resolvePublicUrl(given, NONE))
    expect([name, message]).toEqual(['TypeError', expect.stringMatching(/^publicUrl: got .*, want a URL such as/)])
  })

  it('agrees with publicOrigins, or throws', async () => {
    const world = await createWorld()
    const publicOrigins = ['https://b.test', 'https://a.test:443']
    expect(() => world.serve({ publicOrigins, publicUrl: 'https://a.test/svc2' })).not.toThrow()
    for (const publicUrl of ['http://a.test', 'https://a.test:8443', 'https://c.test', 'https://a.test.']) {
      const { name, message } = await faultOf(() => world.serve({ publicOrigins, publicUrl }))
      expect([name, message]).toEqual([
        'TypeError',
        `publicUrl: got "${publicUrl}", want a URL of one of publicOrigins: https://b.test, https://a.test`,
      ])
    }
  })
})

describe('a proof', async () => {
  const world = await createWorld({ publicUrl: 'https://a.test/svc2' })
  const seen = async (url: string, parts: RequestParts = {}): Promise<string> => {
    const outcome = await world.server.authenticate(await world.dpopRequest({ url }, parts))
    return outcome.ok ? 'accepted' : String(refused(outcome).error.detail)
  }

  it('for the given URL passes, whatever the request says', async () => {
    expect(await seen('https://a.test/svc2/items')).toBe('accepted')
    const elsewhere = { hops: 1, host: 'evil.test', headers: ['X-Forwarded-Host', 'evil.test'] }
    expect(await seen('https://a.test/svc2/items', elsewhere)).toBe('accepted')
    expect(world.warnings).toEqual([])
  })

  const GIVEN =
    'let it say how clients address this API; where they use several origins, leave it out and let the proxy tell'

  it.each([
    ['http://a.test/svc2/items', `htu says scheme http, computed https from publicUrl; ${GIVEN}`],
    ['https://b.test/svc2/items', `htu says host "b.test", computed "a.test" from publicUrl; ${GIVEN}`],
    ['https://a.test:8443/svc2/items', `htu says port 8443, computed none, which is 443 from publicUrl; ${GIVEN}`],
    [
      'https://a.test/items',
      'htu says path "/items", computed "/svc2/items"; publicUrl puts "/svc2" in front of "/items": if clients address "/items", let it have no path',
    ],
    [
      'https://a.test/svc1/items',
      'htu says path "/svc1/items", computed "/svc2/items"; publicUrl puts "/svc2" in front of "/items": if clients address "/svc1/items", let it end in "/svc1"',
    ],
    [
      'https://a.test/svc2/other',
      'htu says path "/svc2/other", computed "/svc2/items"; publicUrl puts "/svc2" in front of "/items"; the proof is for another path',
    ],
  ])('for %s is refused, and the event says why', async (url, detail) => {
    expect(await seen(url)).toBe(detail)
  })

  it('for another one is refused also where publicUrl has no path', async () => {
    const server = world.serve({ publicUrl: 'https://a.test' })
    const outcome = await server.authenticate(await world.dpopRequest({ url: 'https://a.test/v1/items' }))
    expect(refused(outcome).error.detail).toContain(
      'publicUrl has no path: if clients address "/v1/items", let it end in "/v1"',
    )
  })

  it('needs none for Bearer', async () => {
    const bearer = request({ authorization: `Bearer ${await world.issuer.accessToken()}`, target: '*' })
    expect(verdict(await world.server.authenticate(bearer))).toBe('accepted')
  })
})
