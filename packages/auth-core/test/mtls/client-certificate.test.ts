import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { createBearerResourceServer } from '../../src/bearer.js'
import type { MtlsOptions } from '../../src/mtls/mtls-options.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { createWorld, faultOf, request, verdict } from '../support.js'
import { derOf, pemOf } from './support.js'

const own = derOf(600, 1)
const other = derOf(600, 2)
const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')
const x5t = createHash('sha256').update(own).digest('base64url')

const HEADER: MtlsOptions = { certificate: { format: 'rfc9440' } }
const world = await createWorld()
const token = await world.issuer.accessToken({ claims: { cnf: { 'x5t#S256': x5t } } })
const bearer = `Bearer ${token}`

function withHeader(
  value: string | readonly string[],
  more: Partial<Parameters<typeof request>[0]> = {},
): ResourceRequest {
  const headers = [value].flat().flatMap((one) => ['Client-Cert', one])
  return request({ authorization: bearer, headers, hops: 1, ...more })
}

function onConnection(peerCertificate: Uint8Array | undefined, parts = {}): ResourceRequest {
  return { ...request({ authorization: bearer, ...parts }), peerCertificate }
}

describe('the certificate of the connection', () => {
  const server = world.serve({ mtls: { certificate: 'connection' } })

  it('that the token is bound to', async () => {
    const outcome = await server.authenticate(onConnection(own))
    expect(verdict(outcome)).toBe('accepted')
    expect(outcome.ok && outcome.auth).toMatchObject({ certificateThumbprint: x5t, scheme: 'Bearer' })
    expect(outcome.ok && outcome.auth?.thumbprint).toBeUndefined()
  })

  it.each<[string, Uint8Array | undefined, string]>([
    ['another one', other, '401 certificate_mismatch'],
    ['none', undefined, '401 certificate_missing'],
    ['an empty one', new Uint8Array(), '401 certificate_missing'],
    ['a part of it', own.subarray(1), '401 certificate_mismatch'],
  ])('%s', async (_, certificate, expected) => {
    expect(verdict(await server.authenticate(onConnection(certificate)))).toBe(expected)
  })

  it('a header is not asked, whoever sends it', async () => {
    const headers = ['Client-Cert', `:${base64(own)}:`]
    expect(verdict(await server.authenticate(onConnection(undefined, { headers, hops: 1 })))).toBe(
      '401 certificate_missing',
    )
  })

  it('is not asked for where the token is not bound to one', async () => {
    const plain = request({ authorization: `Bearer ${await world.issuer.accessToken()}` })
    const asked = {
      ...plain,
      get peerCertificate(): Uint8Array {
        throw new Error('asked')
      },
    }
    expect(verdict(await server.authenticate(asked))).toBe('accepted')
  })

  it('a connection that fails to tell it is a fault, not a refusal', async () => {
    const failing = {
      ...request({ authorization: bearer }),
      get peerCertificate(): Uint8Array {
        throw new TypeError('no socket')
      },
    }
    expect(await faultOf(() => server.authenticate(failing))).toMatchObject({ message: 'no socket' })
  })

  it('counts for each request anew, however often the token was seen', async () => {
    for (let i = 0; i < 4; i++) expect(verdict(await server.authenticate(onConnection(own)))).toBe('accepted')
    expect(verdict(await server.authenticate(onConnection(other)))).toBe('401 certificate_mismatch')
    expect(verdict(await server.authenticate(onConnection(own)))).toBe('accepted')
  })
})

describe('the certificate in a header of a trusted proxy', () => {
  const server = world.serve({ mtls: HEADER })
  const good = `:${base64(own)}:`

  it('that the token is bound to', async () => {
    const outcome = await server.authenticate(withHeader(good))
    expect(outcome.ok && outcome.auth?.certificateThumbprint).toBe(x5t)
  })

  it.each<[string, ResourceRequest, string]>([
    ['another one', withHeader(`:${base64(other)}:`), '401 certificate_mismatch'],
    ['none', withHeader([]), '401 certificate_missing'],
    ['an empty header', withHeader(''), '401 certificate_missing'],
    ['from a peer that is no proxy', withHeader(good, { hops: 0 }), '401 certificate_missing'],
    ['two lines', withHeader([good, good]), '401 certificate_malformed'],
    ['two lines, one empty', withHeader(['', good]), '401 certificate_malformed'],
    ['two lines, joined', withHeader(`${good}, ${good}`), '401 certificate_malformed'],
    ['garbage', withHeader('-----BEGIN CERTIFICATE-----'), '401 certificate_malformed'],
    ['another format', withHeader(encodeURIComponent(pemOf(own))), '401 certificate_malformed'],
    ['a bomb', withHeader(`:${'A'.repeat(200_000)}:`), '401 certificate_malformed'],
    [
      'of another name',
      request({ authorization: bearer, headers: ['X-Client-Cert', good], hops: 1 }),
      '401 certificate_missing',
    ],
  ])('%s', async (_, one, expected) => {
    const outcome = await server.authenticate(one)
    expect(verdict(outcome)).toBe(expected)
    expect(outcome.ok || outcome.headers['www-authenticate']).toMatch(/^Bearer realm="api", error="invalid_token"/)
  })

  it('the connection is not asked, whatever it has', async () => {
    expect(verdict(await server.authenticate({ ...withHeader([]), peerCertificate: own }))).toBe(
      '401 certificate_missing',
    )
  })

  it('as the application has it, where that has written or deleted it', async () => {
    const deleted = {
      ...withHeader(good),
      applicationHeader: (name: string) => (name === 'authorization' ? bearer : undefined),
    }
    expect(verdict(await server.authenticate(deleted))).toBe('401 certificate_missing')
  })

  it('the event says which setting to look at, and nothing that was sent', async () => {
    await server.authenticate(withHeader(good, { hops: 0 }))
    expect(world.events.at(-1)?.detail).toContain('no trusted proxy')
    await server.authenticate(withHeader('<script>'))
    expect(world.events.at(-1)?.detail).toBe('the header client-cert is not of the format rfc9440')
  })

  it.each<[string, MtlsOptions['certificate'], string, string]>([
    ['nginx', { format: 'escaped-pem', header: 'X-Client-Cert' }, 'x-client-cert', encodeURIComponent(pemOf(own))],
    ['HAProxy', { format: 'base64-der', header: 'X-SSL-Client-DER' }, 'X-SSL-CLIENT-DER', base64(own)],
    ['Envoy', { format: 'xfcc' }, 'X-Forwarded-Client-Cert', `Hash=${Buffer.from(x5t, 'base64url').toString('hex')}`],
  ])('by %s', async (_, certificate, name, value) => {
    const one = world.serve({ mtls: { certificate } })
    expect(verdict(await one.authenticate(request({ authorization: bearer, hops: 1, headers: [name, value] })))).toBe(
      'accepted',
    )
  })
})

describe('with DPoP (RFC 9449) beside it', () => {
  const both = { jkt: world.key.thumbprint, 'x5t#S256': x5t }

  async function dpop(cnf: object, certificate: Uint8Array | undefined, options = {}): Promise<string> {
    const server = world.serve({ mtls: { certificate: 'connection' }, ...options })
    const accessToken = await world.issuer.accessToken({ claims: { cnf } })
    const parts = { authorization: `DPoP ${accessToken}`, dpop: await world.proof(accessToken) }
    return verdict(await server.authenticate({ ...request(parts), peerCertificate: certificate }))
  }

  it('both bindings are checked', async () => {
    expect(await dpop(both, own)).toBe('accepted')
    expect(await dpop(both, other)).toBe('401 certificate_mismatch')
    expect(await dpop(both, undefined)).toBe('401 certificate_missing')
    expect(await dpop({ ...both, jkt: 'A'.repeat(43) }, own)).toBe('401 key_mismatch')
  })

  it('a wrong certificate uses no proof up', async () => {
    const server = world.serve({ mtls: { certificate: 'connection' } })
    const accessToken = await world.issuer.accessToken({ claims: { cnf: both } })
    const parts = { authorization: `DPoP ${accessToken}`, dpop: await world.proof(accessToken) }
    const send = (peerCertificate: Uint8Array): Promise<unknown> =>
      server.authenticate({ ...request(parts), peerCertificate }).then(verdict)
    expect(await send(other)).toBe('401 certificate_mismatch')
    expect(await send(own)).toBe('accepted')
    expect(await send(own)).toBe('400 proof_replayed')
  })

  it('a token that is bound to a certificate alone is none for DPoP', async () => {
    expect(await dpop({ 'x5t#S256': x5t }, own)).toBe('401 token_unbound')
  })

  it('required: as Bearer bound to a certificate, or by DPoP to a key', async () => {
    const mtls = { certificate: 'connection', required: true } as const
    const server = world.serve({ mtls })
    const plain = request({ authorization: `Bearer ${await world.issuer.accessToken()}` })
    expect(verdict(await server.authenticate({ ...plain, peerCertificate: own }))).toBe('401 certificate_unbound')
    expect(verdict(await server.authenticate(onConnection(own)))).toBe('accepted')
    expect(await dpop({ jkt: world.key.thumbprint }, undefined, { mtls })).toBe('accepted')
  })

  it('without the option such a token is met by nobody', async () => {
    const { server } = world
    expect(verdict(await server.authenticate(onConnection(own)))).toBe('401 token_invalid')
    expect(world.events.at(-1)?.detail).toContain('without the option mtls')
  })
})

describe('profile fapi2', () => {
  const mtls = { certificate: 'connection', required: true } as const

  it('takes either way of sender-constraining, and no Bearer token without', async () => {
    const server = world.serve({ profile: 'fapi2', mtls })
    expect(verdict(await server.authenticate(onConnection(own)))).toBe('accepted')
    expect(verdict(await server.authenticate(await world.dpopRequest()))).toBe('accepted')
    const plain = request({ authorization: `Bearer ${await world.issuer.accessToken()}` })
    expect(verdict(await server.authenticate(plain))).toBe('401 certificate_unbound')
    expect(server.report().find(({ id }) => id === 'sender constraint')).toMatchObject({ enforced: true })
  })

  it.each([
    ['certificates that are not demanded', { certificate: 'connection' }, { mode: 'allowed' }],
    ['certificates that are not demanded, without DPoP', { certificate: 'connection' }, { mode: 'disabled' }],
  ] as const)('refuses %s', async (_, options, dpop) => {
    expect((await faultOf(() => world.serve({ profile: 'fapi2', mtls: options, dpop }))).message).toMatch(
      /^dpop\.mode: got "(allowed|disabled)", want 'required', or mtls\.required/,
    )
  })

  it('certificates alone, without DPoP', async () => {
    const server = world.serve({ profile: 'fapi2', mtls, dpop: { mode: 'disabled' } })
    expect(verdict(await server.authenticate(onConnection(own)))).toBe('accepted')
    expect(verdict(await server.authenticate(await world.dpopRequest()))).toBe('400 dpop_disabled')
  })
})

describe('the option', () => {
  it.each<[unknown, string]>([
    [null, 'mtls: got null'],
    [true, 'mtls: got true'],
    ['connection', 'mtls: got "connection"'],
    [{}, "mtls.certificate: got undefined, want 'connection'"],
    [{ certificate: 'socket' }, 'mtls.certificate: got "socket"'],
    [{ certificate: undefined }, 'mtls.certificate: got undefined'],
    [{ certificate: 'connection', required: 1 }, 'mtls.required: got 1'],
    [{ certificate: 'connection', required: undefined }, 'mtls.required: got undefined'],
    [{ certificate: 'connection', require: true }, 'mtls: unknown option "require"'],
    [{ certificate: {} }, 'mtls.certificate.format: got undefined'],
    [{ certificate: { format: 'pem' } }, 'mtls.certificate.format: got "pem"'],
    [{ certificate: { format: 'toString' } }, 'mtls.certificate.format: got "toString"'],
    [{ certificate: { format: 'escaped-pem' } }, 'mtls.certificate.header: got undefined'],
    [{ certificate: { format: 'base64-der' } }, 'mtls.certificate.header: got undefined'],
    [{ certificate: { format: 'rfc9440', header: '' } }, 'mtls.certificate.header: got ""'],
    [{ certificate: { format: 'rfc9440', header: 'a b' } }, 'mtls.certificate.header: got "a b"'],
    [{ certificate: { format: 'rfc9440', header: 'Authorization' } }, 'mtls.certificate.header: got "Authorization"'],
    [{ certificate: { format: 'rfc9440', header: undefined } }, 'mtls.certificate.header: got undefined'],
    [{ certificate: { format: 'rfc9440', name: 'x' } }, 'mtls.certificate: unknown option "name"'],
  ])('%o', async (mtls, message) => {
    expect((await faultOf(() => world.serve({ mtls: mtls as MtlsOptions }))).message).toContain(message) // wrong on purpose
  })

  it('is not for the entry for Bearer tokens alone', async () => {
    const options = { issuer: 'https://issuer.test/', audience: 'a', mtls: { certificate: 'connection' } }
    expect((await faultOf(() => createBearerResourceServer(options))).message).toMatch(/^mtls: got .* want none with/)
  })

  it('is told by the metadata (RFC 9728 §2)', async () => {
    const resourceMetadata = { resource: 'https://api.example.com/' }
    const member = 'tls_client_certificate_bound_access_tokens'
    const told = await world.serve({ mtls: HEADER, resourceMetadata }).protectedResourceMetadata()
    expect(told[member]).toBe(true)
    expect(member in (await world.serve({ resourceMetadata }).protectedResourceMetadata())).toBe(false)
  })

  it('is told by the report', () => {
    const rows = world.serve({ mtls: { ...HEADER, required: true } }).report()
    const told = rows
      .filter(({ setting }) => setting.startsWith('mtls'))
      .map(({ value, enforced }) => [value, enforced])
    expect(told).toEqual([
      ['in the header client-cert, as rfc9440', true],
      ['demanded of Bearer tokens', true],
    ])
  })
})
