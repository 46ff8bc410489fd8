import { describe, expect, it } from 'vitest'
import { readNonceOptions } from '../../src/options/nonce-options.js'
import { readDpopOptions } from '../../src/options/dpop-options.js'
import type { DpopOptions } from '../../src/options/dpop-options.js'
import { resolveOptions } from '../../src/options/all-options.js'
import { faultOf } from '../support.js'

const SECRET = 'S3CRET of this test, long enough'

function message(nonce: unknown, mode = 'allowed'): Promise<string> {
  return faultOf(() =>
    resolveOptions({ domain: 'tenant.auth0.com', audience: 'a', dpop: { mode, nonce } as DpopOptions }),
  ).then((error) => `${error.name} ${error.message}`)
}

describe('nonces', () => {
  it.each([undefined, false])('are off with %s, in every mode', (given) => {
    const modes = ['allowed', 'disabled'] as const
    const dpop = given === undefined ? {} : { nonce: given }
    expect(modes.map((mode) => readDpopOptions({ mode, ...dpop }, 'dpop').nonce)).toEqual([undefined, undefined])
  })

  it.each([
    [{ secret: SECRET }, { secrets: [SECRET], maxAge: 300, mode: 'required' }],
    [
      { secret: [SECRET, 'x'.repeat(32)], maxAge: 0.5 },
      { secrets: [SECRET, 'x'.repeat(32)], maxAge: 0.5 },
    ],
    [
      { secret: [SECRET], mode: 'heal' },
      { secrets: [SECRET], mode: 'heal' },
    ],
  ])('%o', (given, settings) => {
    const resolved = readNonceOptions(given, 'dpop.nonce')
    expect(resolved).toMatchObject(settings)
    expect([Object.isFrozen(resolved), Object.isFrozen(resolved?.secrets)]).toEqual([true, true])
  })

  it('do not change with the list that they were given', () => {
    const secret = [SECRET]
    const resolved = readNonceOptions({ secret }, 'dpop.nonce')
    secret.push('x')
    expect(resolved?.secrets).toEqual([SECRET])
  })

  it.each<[string, unknown]>([
    ['dpop.nonce', null],
    ['dpop.nonce', true],
    ['dpop.nonce', SECRET],
    ['dpop.nonce', [SECRET]],
    ['dpop.nonce', new Map([['secret', SECRET]])],
    ['dpop.nonce', () => SECRET],
    ['dpop.nonce.secret', {}],
    ['dpop.nonce.secret', { secret: '' }],
    ['dpop.nonce.secret', { secret: SECRET.slice(1) }],
    ['dpop.nonce.secret', { secret: [] }],
    ['dpop.nonce.secret', { secret: [SECRET, SECRET.slice(1)] }],
    ['dpop.nonce.secret', { secret: [SECRET, undefined] }],
    ['dpop.nonce.secret', { secret: [[SECRET]] }],
    ['dpop.nonce.secret', { secret: null }],
    ['dpop.nonce.secret', { secret: 1e40 }],
    ['dpop.nonce.secret', { secret: Buffer.from(SECRET) }],
    ['dpop.nonce.secret', { secret: { SECRET } }],
    ['dpop.nonce.mode', { secret: SECRET, mode: 'off' }],
    ['dpop.nonce.mode', { secret: SECRET, mode: 'Heal' }],
    ['dpop.nonce.mode', { secret: SECRET, mode: null }],
    ['dpop.nonce.mode', { secret: SECRET, mode: ['heal'] }],
    ...[0, -1, NaN, Infinity, '300', '5m', null, true, [], {}].map((maxAge): [string, unknown] => [
      'dpop.nonce.maxAge',
      { secret: SECRET, maxAge },
    ]),
  ])('%s is refused: %o', async (name, given) => {
    const text = await message(given)
    expect(text).toMatch(new RegExp(`^TypeError ${name}: got .+, want .+`))
    expect(text).not.toContain('S3CRET')
  })

  it('do not go with disabled DPoP', async () => {
    const text = await message({ secret: SECRET }, 'disabled')
    expect(text).toBe("TypeError dpop.nonce: got object, want none with dpop.mode 'disabled'")
  })

  it('have no other options', async () => {
    expect(await message({ secret: SECRET, secrets: [SECRET] })).toBe(
      'TypeError dpop.nonce: unknown option "secrets", want one of secret, maxAge, mode; did you mean secret?',
    )
  })
})

describe('no message has the secret, whatever else is wrong', () => {
  class Options {
    readonly nonce = { secret: SECRET }
  }

  it.each([
    { dpop: new Options() },
    { dpop: [{ nonce: { secret: SECRET } }] },
    { dpop: [{ nonce: SECRET }] },
    { dpop: { mode: 'on', nonce: { secret: SECRET } } },
    { dpop: { nonce: { secret: [SECRET], maxAge: 0 } } },
    { dpop: { replay: { nonce: { secret: [SECRET] } } } },
  ])('%o', async (options) => {
    const given = { domain: 'tenant.auth0.com', audience: 'x', ...options } as object
    const error = await faultOf(() => resolveOptions(given))
    expect(error.name).toBe('TypeError')
    expect(error.message).not.toContain('S3CRET')
  })
})
