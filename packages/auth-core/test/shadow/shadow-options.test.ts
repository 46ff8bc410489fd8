import { describe, expect, it } from 'vitest'
import { optional, requirements } from '../../src/authorization/all-requirements.js'
import { createBearerResourceServer } from '../../src/bearer.js'
import { createResourceServer } from '../../src/index.js'
import { faultOf } from '../support.js'

const GOOD = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
const TENANTS = { tenants: [{ id: 'a', hosts: ['a.test'], ...GOOD }] }
const NONCES = { dpop: { nonce: { secret: 's'.repeat(32) } } }

const create = (shadow: unknown, options: object = {}): unknown =>
  createResourceServer({ ...('tenants' in options ? {} : GOOD), ...options, shadow } as object)

describe('a shadow that cannot be is refused at creation, by its name', () => {
  it.each<readonly [string, unknown, RegExp, object]>([
    ['text', 'required', /^shadow: got "required", want an object such as \{ dpop: 'required' \}$/, {}],
    ['nothing in it', {}, /^shadow: got \{\}, want an object such as/, {}],
    [
      'an unknown name',
      { audence: 'x' },
      /^shadow: unknown option "audence", want one of .*; did you mean audience\?$/,
      {},
    ],
    ['a setting that is not tried', { publicOrigins: [] }, /^shadow: unknown option "publicOrigins"/, {}],
    ['undefined', { audience: undefined }, /^shadow\.audience: got undefined, want a value, or no such name$/, {}],
    [
      'dpop allowed, which refuses nothing',
      { dpop: 'allowed' },
      /^shadow\.dpop: got "allowed", want 'required' or 'disabled'$/,
      {},
    ],
    ['dpop of another kind', { dpop: true }, /^shadow\.dpop: got true, want 'required', or an object/, {}],
    ['dpop with nothing in it', { dpop: {} }, /^shadow\.dpop: got \{\}, want 'required', or/, {}],
    ['dpop with another option', { dpop: { replay: false } }, /^shadow\.dpop: unknown option "replay"/, {}],
    [
      'proofs that are disabled',
      { dpop: { mode: 'disabled', proofMaxAge: 1 } },
      /^shadow\.dpop: got .*, want nothing beside/,
      {},
    ],
    ['a negative age', { dpop: { proofMaxAge: -1 } }, /^shadow\.dpop\.proofMaxAge: got -1, want seconds/, {}],
    ['a symmetric algorithm', { algorithms: ['HS256'] }, /^shadow\.algorithms: got \["HS256"\]/, {}],
    ['no algorithm', { algorithms: [] }, /^shadow\.algorithms: got \[\]/, {}],
    ['no audience', { audience: [] }, /^shadow\.audience: got \[\]/, {}],
    ['audiences in one text', { audience: 'a,b' }, /^shadow\.audience: got "a,b", want a list/, {}],
    [
      'the profile any, which refuses nothing',
      { tokenProfile: 'any' },
      /^shadow\.tokenProfile: got "any", want 'rfc9068'$/,
      {},
    ],
    ['no age', { maxTokenAge: 0 }, /^shadow\.maxTokenAge: got 0/, {}],
    ['a tolerance that is no number', { clockTolerance: NaN }, /^shadow\.clockTolerance: got /, {}],
    ['claims without a schema', { claims: { org_id: 'x' } }, /^shadow\.claims: got .*, want a Standard Schema/, {}],
    [
      'an issuer that is not trusted',
      { issuers: 'https://x.test/' },
      /^shadow\.issuers: got "https:\/\/x\.test\/", want some of the issuers: https:\/\/issuer\.test\/$/,
      {},
    ],
    [
      'requirements of any token',
      { requirements: {} },
      /^shadow\.requirements: got \{\}, want requirements that ask/,
      {},
    ],
    [
      'optional requirements',
      { requirements: optional() },
      /^shadow\.requirements: got .*, want requirements that ask/,
      {},
    ],
    [
      'requirements of another kind',
      { requirements: ['read'] },
      /^shadow\.requirements: got \["read"\], want scopes/,
      {},
    ],
    [
      'a misspelt requirement',
      { requirements: { scope: 'x' } },
      /^shadow\.requirements: requireAuth: unknown option "scope"/,
      {},
    ],
    [
      'requirements with a shadow',
      { requirements: { scopes: 'a', shadow: 'b' } },
      /^shadow\.requirements: got .*without a shadow/,
      {},
    ],
    [
      'DPoP where no client can send it',
      { dpop: 'required' },
      /^shadow\.dpop: got DPoP, want dpop\.mode 'allowed' first/,
      { dpop: { mode: 'disabled' } },
    ],
    [
      'the same, by requirements',
      { requirements: { dpop: 'required' } },
      /^shadow\.requirements: got DPoP, want/,
      { dpop: { mode: 'disabled' } },
    ],
    [
      'the age of proofs with nonces',
      { dpop: { proofMaxAge: 5 } },
      /^shadow\.dpop\.proofMaxAge: got 5, want none with dpop\.nonce/,
      NONCES,
    ],
    [
      'the same of tenants',
      { dpop: { clockTolerance: 5 } },
      /^shadow\.dpop\.clockTolerance: got 5, want none with/,
      { ...TENANTS, ...NONCES },
    ],
    ['an audience of tenants', { audience: 'x' }, /^shadow\.audience: got \["x"\], want none with tenants$/, TENANTS],
    ['issuers of tenants', { issuers: 'x' }, /^shadow\.issuers: got \["x"\], want none with tenants$/, TENANTS],
  ])('%s', async (_, shadow, message, options) => {
    const error = await faultOf(() => create(shadow, options))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(message)
  })

  it.each<readonly [string, unknown, object]>([
    ['undefined, as from a variable', undefined, {}],
    ['dpop for tenants', { dpop: 'required' }, TENANTS],
    ['dpop disabled where it is', { dpop: 'disabled' }, { dpop: { mode: 'disabled' } }],
    ['algorithms of proofs with nonces', { dpop: { algorithms: ['ES384'] } }, NONCES],
    ['what was resolved', { requirements: requirements('read') }, {}],
    [
      'issuers that a function looks up',
      { issuers: ['https://x.test/'] },
      { issuer: undefined, issuers: () => undefined },
    ],
  ])('but not %s', (_, shadow, options) => {
    expect(() => create(shadow, options)).not.toThrow()
  })

  it('one of an issuer for all tenants: no token names it', async () => {
    const issuer = 'https://login.test/{tenantid}/v2.0'
    const error = await faultOf(() => create({ issuers: issuer }, { issuer, audience: 'a' }))
    expect(error.message).toMatch(/^(shadow\.)?issuers?: /)
  })

  it('any, where there are Bearer tokens alone', async () => {
    const shadow = { audience: 'x' }
    const error = await faultOf(() => createBearerResourceServer({ ...GOOD, shadow } as object))
    expect(error.message).toMatch(/^shadow: got .*, want none with createBearerResourceServer/)
  })
})

describe('a shadow of a route that cannot be', () => {
  it.each<readonly [string, object, RegExp]>([
    ['nothing in it', { shadow: {} }, /^shadow: got \{\}, want requirements that ask for something$/],
    ['an unknown name', { shadow: { scope: 'x' } }, /^shadow: unknown option "scope"/],
    ['undefined', { shadow: undefined }, /^shadow: got undefined/],
    ['within itself', { shadow: { scopes: 'a', shadow: 'b' } }, /^shadow: shadow cannot stand within it/],
    [
      'within anyOf',
      { anyOf: ['a', { scopes: 'b', shadow: 'c' }] },
      /^anyOf: shadow cannot stand within it, want it beside anyOf$/,
    ],
    ['within not', { not: { scopes: 'b', shadow: 'c' } }, /^not: shadow cannot stand within it/],
  ])('%s', async (_, wanted, message) => {
    const error = await faultOf(() => requirements(wanted))
    expect([error.constructor, error.message]).toEqual([TypeError, expect.stringMatching(message)])
  })

  it('DPoP where the mode disables it', async () => {
    const server = createResourceServer({ ...GOOD, dpop: { mode: 'disabled' } })
    const error = await faultOf(() => server.requirements({ shadow: { dpop: 'required' } }))
    expect(error.message).toMatch(/^dpop: got "required", want dpop\.mode/)
  })
})
