import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainAudience } from '../../src/access-token/explain-audience.js'
import { explainForm } from '../../src/access-token/explain-form.js'
import { explainIssuer } from '../../src/issuer/explain-issuer.js'
import { explainKey } from '../../src/issuer/explain-key.js'
import { createTrustedIssuers } from '../../src/issuer/trusted-issuers.js'
import { resolveOptions } from '../../src/options/all-options.js'
import { createWorld, errorOf } from '../support.js'

const { issuer, serve } = await createWorld()

const { keys, fetch, issuers } = resolveOptions({
  issuers: ['https://a.issuer.test/', 'https://issuer.test:8443/realms/b', 'https://login.test/{tenantid}/'],
  audience: 'https://api.test/',
})
const never = (): never => {
  throw new Error('not resolved here')
}
const policy = { ...keys, fetch, now: () => 0, report: () => undefined, warn: () => undefined }
const trusted = createTrustedIssuers(issuers, policy, never)

const LINE = /^[\x20-\x7e…]*$/

describe('explanations', () => {
  const anything = fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 400 }), fc.webUrl())

  it.each([
    ['of an iss', (value: unknown) => explainIssuer(value, trusted)],
    ['of a token', (value: unknown) => explainForm(JSON.stringify(value) ?? '', trusted)],
    ['of an aud', (value: unknown) => explainAudience({ aud: value }, ['https://api.test/'])],
    ['of several aud', (value: unknown) => explainAudience({ aud: [value], azp: value, nonce: value }, ['x'])],
  ])('%s fit a line, whatever was sent', (_, explain) => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = explain(value)
        expect(text).toMatch(LINE)
        expect(text.length).toBeLessThan(800)
      }),
    )
  })

  const of = (...kids: string[]): string =>
    explainKey({
      index: () => ({ byAlgorithm: new Map([['ES256', { byKid: new Map(kids.map((kid) => [kid, []])) }]]) }),
    })

  it('name three of many keys, and none at length', () => {
    const text = of('a', 'b', `\n${'c'.repeat(500)}`, 'd', 'e')
    expect(text).toContain(String.raw`"a" "b" "\u000accc`)
    expect(text).toContain(' and 2 more: ')
    expect(text.length).toBeLessThan(300)
  })

  it('say so where an issuer names no keys', () => {
    expect(of()).toContain('none with a kid')
    expect(explainKey({ index: () => undefined })).toContain('none with a kid')
  })

  it('leave out whose tokens they are where a function knows the issuers', async () => {
    const server = serve({ issuers: () => undefined })
    const opaque = await errorOf(() => server.verifyAccessToken('opaque'))
    expect(opaque.detail).toContain('did not ask for the audience of this API')
    const stranger = await errorOf(async () => server.verifyAccessToken(await issuer.accessToken()))
    expect(stranger.detail).toBe('iss is "https://issuer.test/"; want a trusted issuer')
  })

  it.each([
    ['https://b.issuer.test/', 'a token of another tenant or environment'],
    ['https://issuer.test:8443/realms/c', 'a token of another tenant or environment'],
    ['https://issuer.test/realms/b/', 'which differs by the port and a slash at the end'],
    ['https://a.other.test/', ''],
    ['https://login.test/contoso/', ''],
    ['https://a.issuer.test/x'.padEnd(1100, 'x'), ''],
  ])('of %s', (iss, wanted) => {
    const text = explainIssuer(iss, trusted)
    if (wanted === '') expect(text).toBe('')
    else expect(text).toContain(wanted)
  })
})
