import { describe, expect, it } from 'vitest'

import { claims, createWorld, WEB, type Form } from '../wire.js'

const CREDENTIALS = { grant_type: 'client_credentials', ...WEB }

describe('the token endpoint', () => {
  it.each<[string, Form, string]>([
    ['no grant', WEB, 'invalid_request'],
    ['an unknown grant', { ...WEB, grant_type: 'password' }, 'unsupported_grant_type'],
    ['a grant of prototypes', { ...WEB, grant_type: '__proto__' }, 'unsupported_grant_type'],
    ['a parameter twice', { ...CREDENTIALS, scope: ['a', 'b'] }, 'invalid_request'],
    ['a relative resource', { ...CREDENTIALS, resource: '/api' }, 'invalid_target'],
    ['a resource with a fragment', { ...CREDENTIALS, resource: 'https://api.test/#x' }, 'invalid_target'],
  ])('refuses %s', async (_, form, error) => {
    const world = await createWorld()
    const answer = await world.post('token', form)
    expect([answer.status, answer.body['error']]).toEqual([400, error])
    expect(typeof answer.body['error_description']).toBe('string')
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'refuses a body of %s',
    async (type) => {
      const world = await createWorld()
      const answer = await world.post('token', CREDENTIALS, { 'content-type': type })
      expect(answer.body['error']).toBe('invalid_request')
    },
  )

  it('refuses a large body', async () => {
    const world = await createWorld()
    expect((await world.post('token', { ...CREDENTIALS, x: 'x'.repeat(65_536) })).status).toBe(413)
  })

  it('is posted to only', async () => {
    const { issuer } = await createWorld()
    const answer = await issuer.fetch(issuer.urlOf('token'))
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('has the default audience, or those that are named', async () => {
    const world = await createWorld({ audience: 'urn:api' })
    const audiences = async (form: Form): Promise<unknown> => {
      const { body } = await world.post('token', { ...CREDENTIALS, ...form })
      return claims(body['access_token'])['aud']
    }
    expect(await audiences({})).toBe('urn:api')
    expect(await audiences({ audience: 'b' })).toBe('b')
    expect(await audiences({ resource: ['https://b.test/', 'https://c.test/'] })).toEqual([
      'https://b.test/',
      'https://c.test/',
    ])
    expect(await audiences({ resource: 'https://b.test/', audience: 'https://b.test/' })).toBe('https://b.test/')
  })

  it.each([
    ['all that it may', undefined, 'read write'],
    ['what it may of what it wants', 'write admin', 'write'],
    ['what it wants', 'read', 'read'],
  ])('grants a client %s', async (_, scope, granted) => {
    const clients = [{ id: 'web', secret: 's3cret', scope: 'read write' }]
    const world = await createWorld({}, clients)
    expect((await world.post('token', { ...CREDENTIALS, scope })).body['scope']).toBe(granted)
    const none = await world.post('token', { ...CREDENTIALS, scope: 'admin' })
    expect(none.body['error']).toBe('invalid_scope')
  })

  it('says nothing of a scope where there is none', async () => {
    const world = await createWorld()
    const { body } = await world.post('token', CREDENTIALS)
    expect(Object.keys(body).toSorted()).toEqual(['access_token', 'expires_in', 'token_type'])
  })

  it('records what was asked for, up to a thousand', async () => {
    const world = await createWorld()
    await world.post('token', { ...CREDENTIALS, resource: ['https://a.test/', 'https://b.test/'] })
    expect(world.issuer.tokenRequests).toEqual([{ ...CREDENTIALS, resource: 'https://a.test/ https://b.test/' }])
    for (let sent = 0; sent < 1000; sent++) await world.post('token', { n: String(sent) })
    expect(world.issuer.tokenRequests).toHaveLength(1000)
    expect(world.issuer.tokenRequests[0]).toEqual({ n: '0' })
    world.issuer.resetCounts()
    expect(world.issuer.tokenRequests).toEqual([])
  })
})
