import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TokenAuthContext } from '../../src/outcome/auth-context.js'
import type { AuthContext } from '../../src/outcome/auth-context.js'
import { NOW, createWorld, verifiedToken } from '../support.js'

const world = await createWorld()
const SENT = { scheme: 'Bearer', token: 'S3CRET', thumbprint: undefined } as const

async function contextOf(claims: Readonly<Record<string, unknown>>): Promise<AuthContext> {
  return new TokenAuthContext(await verifiedToken(world, claims), SENT)
}

describe('TokenAuthContext', () => {
  it('is what a handler needs', async () => {
    const claims = { sub: 'user-1', client_id: 'c', scope: 'a b', permissions: ['p'] }
    const verified = await verifiedToken(world, claims)
    const context = new TokenAuthContext(verified, { ...SENT, scheme: 'DPoP', thumbprint: 't' })
    expect(context).toMatchObject({
      scheme: 'DPoP',
      issuer: 'https://issuer.test/',
      subject: 'user-1',
      clientId: 'c',
      scopes: ['a', 'b'],
      permissions: ['p'],
      expiresAt: NOW + 60,
      thumbprint: 't',
    })
    expect([context, context.scopes, context.permissions].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it('does not print the token', async () => {
    const context = await contextOf({})
    expect(context.token).toBe('S3CRET')
    expect(`${JSON.stringify(context)} ${inspect(context)} ${JSON.stringify({ ...context })}`).not.toContain('S3CRET')
  })

  it.each([
    ['none', undefined, []],
    ['an empty string', '', []],
    ['one', 'read:messages', ['read:messages']],
    ['more than one space', ' a   b ', ['a', 'b']],
    ['a tab, which separates nothing', 'a\tb', ['a\tb']],
    ['a list', ['a', 'b'], ['a', 'b']],
    ['a list with a space in an entry, which stays one word', ['a b'], ['a b']],
    ['an empty list', [], []],
  ])('scopes: %s', async (_, scope, scopes) => {
    expect((await contextOf(scope === undefined ? {} : { scope })).scopes).toEqual(scopes)
  })

  it.each([
    ['none', undefined, []],
    ['text', 'admin', []],
    ['an object', { admin: true }, []],
    ['mixed', ['a', 1, null, ['b'], 'c'], ['a', 'c']],
  ])('permissions: %s', async (_, permissions, expected) => {
    expect((await contextOf({ permissions })).permissions).toEqual(expected)
  })

  it.each([
    ['none', undefined, []],
    ['an empty string', '', []],
    ['text, which is one role', 'an admin', ['an admin']],
    ['an object', { admin: true }, []],
    ['mixed', ['a', 1, null, ['b'], 'c'], ['a', 'c']],
  ])('roles: %s', async (_, roles, expected) => {
    expect((await contextOf({ roles })).roles).toEqual(expected)
  })

  it.each([
    [{ client_id: 'c', azp: 'z' }, 'c'],
    [{ azp: 'z' }, 'z'],
    [{ client_id: 1, azp: 'z' }, 'z'],
    [{ client_id: ['c'], azp: null }, undefined],
    [{}, undefined],
  ])('client of %o', async (claims, clientId) => {
    expect((await contextOf(claims)).clientId).toBe(clientId)
  })
})
