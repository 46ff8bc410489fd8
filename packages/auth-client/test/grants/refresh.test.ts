import { describe, expect, it } from 'vitest'

import { generateDpopKeyPair } from '../../src/index.js'
import type { AuthClient, TokenSet } from '../../src/index.js'
import { CALLBACK, clientOf, failureOf, issuerOf } from '../support/client.js'

type Issuer = Awaited<ReturnType<typeof issuerOf>>

async function loggedIn(issuer: Issuer, client: AuthClient): Promise<TokenSet> {
  const scopes = ['offline_access', 'read:messages', 'write:messages']
  const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK, scopes })
  return client.handleCallback((await issuer.authorize(url)).href, stored)
}

describe('a refresh with a token at hand', () => {
  it('gives tokens, and the next refresh token where they rotate', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { refreshToken = '' } = await loggedIn(issuer, client)
    const { accessToken, refreshToken: next } = await client.refresh({ refreshToken })
    expect(accessToken).toMatchObject({ type: 'Bearer', scopes: expect.arrayContaining(['read:messages']) as string[] })
    expect(next).toMatch(/./)
  })

  it('asks for less where less is wanted, and for nothing else', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { scopes: ['read:messages', 'write:messages'] })
    const { refreshToken = '' } = await loggedIn(issuer, client)
    const { accessToken } = await client.refresh({ refreshToken, scopes: ['read:messages'] })
    expect(accessToken.scopes).toEqual(['read:messages'])
  })

  it('without scopes asks for none: it gives all that was granted (RFC 6749 §6)', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { scopes: ['admin'] })
    const { refreshToken = '' } = await loggedIn(issuer, client)
    const { accessToken } = await client.refresh({ refreshToken })
    expect(accessToken.scopes).toEqual(expect.arrayContaining(['read:messages', 'write:messages']))
  })

  it('is bound to the key of the client', async () => {
    const issuer = await issuerOf()
    issuer.demandNonces('required')
    const client = clientOf(issuer, { dpop: await generateDpopKeyPair(), authentication: 'none' })
    const { refreshToken = '' } = await loggedIn(issuer, client)
    expect((await client.refresh({ refreshToken })).accessToken.type).toBe('DPoP')
  })

  it('is sent once: a token that may have been used up is not sent again', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { refreshToken = '' } = await loggedIn(issuer, client)
    const before = issuer.count('token')
    issuer.fail('token', { status: 503 })
    expect(await failureOf(client.refresh({ refreshToken }))).toMatchObject({ reason: 'server' })
    expect(issuer.count('token') - before).toBe(1)
  })

  it('of a token that is no good says so', async () => {
    const issuer = await issuerOf()
    const error = await failureOf(clientOf(issuer).refresh({ refreshToken: 'never-issued' }))
    expect(error).toMatchObject({ reason: 'token_refused', httpStatus: 400 })
    expect(error.issuerSaid()?.error).toBe('invalid_grant')
  })

  it.each([['', undefined, 'Bearer x', 'two\nlines']].flat())('refuses %j before anything is sent', async (given) => {
    const issuer = await issuerOf()
    const error = await failureOf(clientOf(issuer).refresh({ refreshToken: given as string }))
    expect([error.reason, issuer.count('token')]).toEqual(['options_invalid', 0])
  })

  it('is ended by the signal of the caller', async () => {
    const issuer = await issuerOf()
    const signal = AbortSignal.abort(new Error('mine'))
    await expect(clientOf(issuer).refresh({ refreshToken: 'x', signal })).rejects.toThrow('mine')
  })
})
