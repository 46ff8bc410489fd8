import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { asFault } from '../../src/outcome/fault.js'
import { requirements } from '../../src/index.js'
import { bearer, createWorld, errorOf, faultOf, request, verdict } from '../support.js'
import { THROWN_VALUES } from '../thrown-values.js'

// A function of the application may throw anything. A framework takes some of it for success (`next(undefined)`), for a
// command (`next('route')`) or for the status of the answer: RFC 6750 §3.1, RFC 9110 §15.6.1.
describe.each(THROWN_VALUES)('where a function of the application throws %s', (_name, thrown) => {
  const fail = (): never => {
    throw thrown
  }

  it('a predicate ends in an Error without a status, with what was thrown as its cause', async () => {
    const { server, issuer } = await createWorld()
    const wanted = requirements({ claims: { sub: fail } })
    const outcome = server.authenticate(bearer(await issuer.accessToken()), wanted)
    const fault = await faultOf(() => outcome)
    expect(Object.is(fault, thrown) || Object.is(fault.cause, thrown)).toBe(true)
    expect('status' in fault || 'statusCode' in fault).toBe(false)
  })

  it('verifyRequest rejects with an Error', async () => {
    const { server, issuer } = await createWorld()
    const wanted = requirements({ claims: { sub: fail } })
    const one = bearer(await issuer.accessToken())
    expect(await faultOf(() => server.verifyRequest(one, wanted))).toBeInstanceOf(Error)
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('a replay store that %s refuses with 503', async (_how, reserve) => {
    const { serve, dpopRequest } = await createWorld()
    const server = serve({ dpop: { replay: { reserve } } })
    expect(verdict(await server.authenticate(await dpopRequest()))).toBe('503 replay_unavailable')
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['answers with it', () => thrown],
  ])('a hook that %s harms nobody', async (_how, onEvent) => {
    const { serve, issuer } = await createWorld()
    const server = serve({ onEvent })
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    expect(verdict(await server.authenticate(request()))).toBe('401 credentials_missing')
  })
})

describe('asFault', () => {
  it('leaves a plain error as it is, with its class, for the handlers of the application', () => {
    const error = new RangeError('a fault')
    expect(asFault(error)).toBe(error)
  })

  it('keeps what was thrown as the cause, and out of the message, which frameworks may show to the client', () => {
    const { message, cause } = asFault('password=hunter2')
    expect(message).toBe('a function of the application failed while a request was decided on: a string was thrown')
    expect(cause).toBe('password=hunter2')
    expect(asFault(undefined)).toHaveProperty('cause', undefined)
  })
})

describe('what a client can bring about is refused; what only a programmer can names the parameter', async () => {
  const { server, key, issuer, proof } = await createWorld()
  const accessToken = await issuer.accessToken({ jkt: key.thumbprint })
  const good = {
    proof: await proof(accessToken),
    method: 'GET',
    url: 'https://api.test/items',
    accessToken,
    thumbprint: key.thumbprint,
  }

  it('no token', async () => {
    expect((await errorOf(() => server.verifyAccessToken(undefined))).reason).toBe('credentials_missing')
    expect((await errorOf(() => server.verifyAccessToken(''))).reason).toBe('credentials_malformed')
  })

  it.each([null, 1, true, { access_token: 'secret' }, ['secret'], () => 'secret', Symbol('secret')])(
    'a token that is %o',
    async (token) => {
      const fault = await faultOf(() => server.verifyAccessToken(token as never))
      expect(fault).toBeInstanceOf(TypeError)
      expect(fault.message).toMatch(/^token: got /)
      expect(fault.message).not.toContain('secret')
    },
  )

  it('no proof, and a token that is not bound', async () => {
    expect((await errorOf(() => server.verifyDpopProof({ ...good, proof: undefined }))).reason).toBe('proof_missing')
    expect((await errorOf(() => server.verifyDpopProof({ ...good, thumbprint: undefined }))).reason).toBe(
      'token_unbound',
    )
  })

  it.each(['proof', 'method', 'url', 'accessToken', 'thumbprint'] as const)('%s of another type', async (name) => {
    for (const value of [null, 1, ['secret'], { secret: 'secret' }]) {
      const fault = await faultOf(() => server.verifyDpopProof({ ...good, [name]: value as never }))
      expect(fault).toBeInstanceOf(TypeError)
      expect(fault.message).toMatch(new RegExp(`^${name}: got `))
    }
  })

  it('nothing at all', async () => {
    expect(await faultOf(() => server.verifyDpopProof(undefined as never))).toBeInstanceOf(TypeError)
    expect(await faultOf(() => server.authenticate(undefined as never))).toBeInstanceOf(TypeError)
  })
})

describe('a request that carries other credentials than before', () => {
  it('is verified anew: what was found is of the token that was sent then', async () => {
    const { server, issuer } = await createWorld()
    const identity = {}
    const alice = { ...bearer(await issuer.accessToken({ claims: { sub: 'alice' } })), identity }
    const bob = { ...bearer(await issuer.accessToken({ claims: { sub: 'bob' } })), identity }
    const forged = { ...bearer(await issuer.accessToken({ signature: 'flipped' })), identity }
    expect(await server.verifyRequest(alice)).toMatchObject({ subject: 'alice' })
    expect(await server.verifyRequest(bob)).toMatchObject({ subject: 'bob' })
    expect(verdict(await server.authenticate(forged))).toBe('401 token_invalid')
    expect(verdict(await server.authenticate(alice))).toBe('accepted')
  })

  it('the same token by another scheme is another question', async () => {
    const { server, issuer } = await createWorld()
    const identity = {}
    const token = await issuer.accessToken()
    expect(verdict(await server.authenticate({ ...bearer(token), identity }))).toBe('accepted')
    const asDpop = { ...request({ authorization: `DPoP ${token}` }), identity }
    expect(verdict(await server.authenticate(asDpop))).toBe('401 token_unbound')
  })
})

describe('frozen intrinsics', () => {
  it('refuse and accept as always', async () => {
    const script = `
      const { createResourceServer } = await import('@acme/auth-core')
      const server = createResourceServer({ issuer: 'https://issuer.test/', audience: 'https://api.test/' })
      const rawHeaders = ['Authorization', 'Bearer e30.e30.e30']
      const request = { method: 'GET', target: '/', rawHeaders, scheme: 'https', peer: '', trustedHops: () => 0, identity: {} }
      const { status, error } = await server.authenticate(request)
      process.stdout.write(status + ' ' + error.reason + ' ' + Object.isFrozen(Error))`
    const args = ['--frozen-intrinsics', '--no-warnings', '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
    expect(stdout).toBe('401 token_invalid true')
  })
})
