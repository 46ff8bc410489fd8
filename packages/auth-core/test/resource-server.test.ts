import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as core from '../src/index.js'
import * as kit from '../src/node.js'
import type { ResourceRequest } from '../src/request/resource-request.js'
import { accepted, bearer, commonHeaders, createWorld, errorOf, faultOf, refused, request, verdict } from './support.js'
import type { RequestParts } from './support.js'

const B = 'Bearer realm="api"'
const D = 'DPoP algs="ES256"'

describe('the public API', () => {
  it('has exactly these names', () => {
    expect(Object.keys(core).toSorted()).toEqual([
      'AuthError',
      'EVENT_STREAM_HEADERS',
      'asFault',
      'createEpochs',
      'createResourceServer',
      'describeRequirements',
      'diffReports',
      'environmentResourceServer',
      'explain',
      'explanationText',
      'guardMark',
      'isAuthError',
      'markGuard',
      'memoryReplayStore',
      'memoryRevocations',
      'onceForEqual',
      'openEventStream',
      'optional',
      'optionsFromEnvironment',
      'policyEngine',
      'publicMark',
      'reportText',
      'requirements',
      'requirementsOfMessage',
      'selectSubprotocol',
      'shadowTable',
      'webSocketTransport',
      'withoutTicket',
    ])
  })

  it('has an adapter kit beside it, which the neutral entry does not know', () => {
    expect(Object.keys(kit).toSorted()).toEqual([
      'answerHeaders',
      'compileTrustProxy',
      'countTrusted',
      'frameworkResourceRequest',
      'nodeEventStream',
      'nodeResourceRequest',
      'refuseTrustProxy',
      'warnOfIgnoredHops',
      'webSocketConnection',
    ])
  })
})

describe('a resource server that is made outside of a request', () => {
  it('draws no random numbers, which Cloudflare Workers have in requests only', () => {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
      throw new Error('Disallowed operation called within global scope')
    })
    onTestFinished(() => void vi.restoreAllMocks())
    const options = { issuer: 'https://issuer.test/', audience: 'a', dpop: { nonce: { secret: 's'.repeat(32) } } }
    expect(core.createResourceServer(options).requirements('a').scopes).toEqual(['a'])
  })
})

describe('requests without acceptable credentials', async () => {
  const allowed = await createWorld()
  const required = allowed.serve({ dpop: { mode: 'required' } })
  const disabled = allowed.serve({ dpop: { mode: 'disabled' } })
  const malformed = 'error="invalid_request", error_description="The Authorization header is malformed"'
  const repeated = 'error="invalid_request", error_description="More than one Authorization header was sent"'
  const tooLarge = 'error="invalid_request", error_description="The access token is too large"'

  it.each<readonly [string, RequestParts, number, string, string, string, string]>([
    ['none', {}, 401, 'AUTH_1003', `${B}, ${D}`, D, B],
    ['Basic', { authorization: 'Basic eDp5' }, 401, 'AUTH_1003', `${B}, ${D}`, D, B],
    ['only a proof', { dpop: 'a.b.c' }, 401, 'AUTH_1003', `${B}, ${D}`, D, B],
    ['a token in the query', { target: '/items?access_token=a.b.c' }, 401, 'AUTH_1003', `${B}, ${D}`, D, B],
    [
      'an empty header',
      { authorization: '' },
      400,
      'VAL_2001',
      `${B}, ${malformed}, ${D}`,
      `${D}, ${malformed}`,
      `${B}, ${malformed}`,
    ],
    [
      'two tokens',
      { authorization: 'DPoP a b' },
      400,
      'VAL_2001',
      `${D}, ${malformed}, ${B}`,
      `${D}, ${malformed}`,
      `${B}, ${malformed}`,
    ],
    [
      'two headers',
      { authorization: ['DPoP a', 'DPoP a'] },
      400,
      'VAL_2002',
      `${D}, ${repeated}, ${B}`,
      `${D}, ${repeated}`,
      `${B}, ${repeated}`,
    ],
    [
      'a token over 16 KiB',
      { authorization: `Bearer ${'a'.repeat(16_385)}` },
      400,
      'VAL_2003',
      `${B}, ${tooLarge}, ${D}`,
      `${D}, ${tooLarge}`,
      `${B}, ${tooLarge}`,
    ],
  ])('%s', async (_, parts, status, code, ...challenges) => {
    for (const [index, server] of [allowed.server, required, disabled].entries()) {
      const answer = refused(await server.authenticate(request({ ...parts, headers: ['X-Request-Id', 'id-1'] })))
      expect([answer.status, answer.headers]).toEqual([
        status,
        { ...commonHeaders(answer.body), 'www-authenticate': challenges[index] },
      ])
      expect(JSON.parse(answer.body)).toEqual({
        error: 'invalid_request',
        error_description: answer.error.description,
        code,
        correlation_id: 'id-1',
      })
      // Without those of the body: whoever handles the error may write another one.
      const own = { 'cache-control': 'no-store', 'x-request-id': 'id-1', 'www-authenticate': challenges[index] }
      expect([answer.error.headers, answer.error.correlationId]).toEqual([own, 'id-1'])
    }
  })

  it('has the realm and the algorithms of the settings', async () => {
    const own = allowed.serve({ realm: 'orders', dpop: { algorithms: ['EdDSA', 'ES256'] } })
    expect(refused(await own.authenticate(request())).headers['www-authenticate']).toBe(
      'Bearer realm="orders", DPoP algs="EdDSA ES256"',
    )
  })
})

describe('optional', async () => {
  const { server, issuer, proof, key } = await createWorld()
  const wanted = server.optional()

  it('lets a request without credentials pass', async () => {
    expect(await server.authenticate(request(), wanted)).toEqual({ ok: true, auth: null, headers: {} })
    expect(await server.verifyRequest(request(), wanted)).toBe(null)
    expect(await server.authenticate(request({ dpop: 'a.b.c' }), wanted)).toEqual({ ok: true, auth: null, headers: {} })
  })

  it('accepts good ones', async () => {
    expect(accepted(await server.authenticate(bearer(await issuer.accessToken()), wanted)).subject).toBe('user-1')
  })

  it.each<readonly [string, RequestParts, string]>([
    ['an empty header', { authorization: '' }, '400 credentials_malformed'],
    ['Basic', { authorization: 'Basic eDp5' }, '401 credentials_missing'],
    ['Bearer alone', { authorization: 'Bearer' }, '400 credentials_malformed'],
    ['two headers', { authorization: ['Bearer a', 'Bearer a'] }, '400 credentials_repeated'],
    ['no token', { authorization: 'Bearer opaque' }, '401 token_invalid'],
  ])('refuses bad ones: %s', async (_, parts, outcome) => {
    expect(verdict(await server.authenticate(request(parts), wanted))).toBe(outcome)
  })

  it('refuses an expired token and a used proof', async () => {
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken({ expiresIn: -60 })), wanted))).toBe(
      '401 token_expired',
    )
    const token = await issuer.accessToken({ jkt: key.thumbprint })
    const used = { authorization: `DPoP ${token}`, dpop: await proof(token) }
    await server.authenticate(request(used), wanted)
    expect(verdict(await server.authenticate(request(used), wanted))).toBe('400 proof_replayed')
  })
})

describe('verifyRequest', async () => {
  const { server, issuer } = await createWorld()

  it('returns the auth context', async () => {
    expect(
      (await server.verifyRequest(bearer(await issuer.accessToken({ scope: 'a' })), server.requirements('a')))?.scopes,
    ).toEqual(['a'])
  })

  it('throws with status, headers and body', async () => {
    const error = await errorOf(() => server.verifyRequest(request({ headers: ['X-Request-Id', 'id-1'] })))
    expect([error.status, error.headers, JSON.stringify(error)]).toEqual([
      401,
      { 'cache-control': 'no-store', 'x-request-id': 'id-1', 'www-authenticate': `${B}, ${D}` },
      '{"error":"invalid_request","error_description":"An access token is required","code":"AUTH_1003","correlation_id":"id-1"}',
    ])
  })
})

describe('faults are not refusals', async () => {
  const { server, issuer } = await createWorld()

  it.each<readonly [string, Partial<ResourceRequest>]>([
    ['an adapter that hands over no headers', { rawHeaders: undefined as unknown as readonly string[] }],
    [
      'a proxy setting that throws',
      {
        trustedHops: () => {
          throw new RangeError('bug')
        },
      },
    ],
  ])('%s', async (_, broken) => {
    const world = await createWorld()
    const good = await world.dpopRequest({}, { headers: ['X-Forwarded-Proto', 'https'] })
    expect(['TypeError', 'RangeError']).toContain(
      (await faultOf(() => world.server.authenticate({ ...good, ...broken }))).name,
    )
  })

  it('a predicate that throws', async () => {
    const wanted = server.requirements({
      claims: {
        org: () => {
          throw new RangeError('bug')
        },
      },
    })
    const good = bearer(await issuer.accessToken())
    expect((await faultOf(() => server.authenticate(good, wanted))).name).toBe('RangeError')
  })
})

describe('refusals cost no stack', async () => {
  const { server, issuer, dpopRequest } = await createWorld()

  it('and leave Error.stackTraceLimit alone', async () => {
    const limit = Error.stackTraceLimit
    for (const bad of [
      request(),
      bearer('a.b.c'),
      bearer(await issuer.accessToken({ expiresIn: -60 })),
      await dpopRequest({ signature: 'flipped' }),
    ]) {
      expect(refused(await server.authenticate(bad)).error.stack).not.toMatch(/\n\s+at /)
    }
    expect(Error.stackTraceLimit).toBe(limit)
  })
})
