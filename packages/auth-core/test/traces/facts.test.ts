import { describe, expect, it } from 'vitest'
import type { Trace } from '../../src/index.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { explanationText } from '../../src/index.js'
import { bearer, createWorld, refused, request } from '../support.js'

// Which checks a request comes to, by how it came: none is told as passed that was not made.

const { issuer, serve, clock, key } = await createWorld({}, { issuer: 'https://issuer.test/' })

async function told(sent: ResourceRequest, options: Partial<AuthOptions> = {}): Promise<string> {
  const server = serve({ traces: true, ...options })
  refused(await server.authenticate(sent, server.requirements('never granted')))
  const [trace] = server.traces()
  return names(trace)
}

function names(trace: Trace | undefined): string {
  return (trace?.checks ?? [])
    .filter(({ outcome }) => outcome !== 'not reached')
    .map(({ check, outcome }) => (outcome === 'failed' ? `FAIL ${check}` : check))
    .join(', ')
}

const HANDSHAKE = ['Upgrade', 'websocket', 'Connection', 'Upgrade']
const JWT = 'token form, issuer, token type, algorithm, key id, expiry, key, signature'
const CLAIMS = 'claim types, token kind, audience, not before'

describe('the checks that are told', () => {
  it('of a Bearer token have no proof', async () => {
    expect(await told(bearer(await issuer.accessToken()))).toBe(
      `credentials, scheme, ${JWT}, ${CLAIMS}, binding, FAIL requirements`,
    )
  })

  it('of a token among subprotocols are the same', async () => {
    const headers = [...HANDSHAKE, 'Sec-WebSocket-Protocol', `auth0-token, ${await issuer.accessToken()}`]
    expect(await told(request({ headers }), { connections: {} })).toBe(
      `credentials, scheme, ${JWT}, ${CLAIMS}, binding, FAIL requirements`,
    )
  })

  it('of a ticket have none of the token, which was sent before', async () => {
    const headers = HANDSHAKE
    const target = `/ws?auth0_ticket=${'x'.repeat(43)}`
    expect(await told(request({ headers, target }), { connections: {} })).toBe('credentials, FAIL ticket')
  })

  it('of a page that may not connect have nothing else', async () => {
    const headers = [...HANDSHAKE, 'Origin', 'https://evil.test']
    const connections = { allowedOrigins: ['https://app.test'] }
    expect(await told(request({ headers }), { connections })).toBe('FAIL origin')
  })

  it.each([
    ['an opaque token', 'opaque', undefined],
    ['all of an issuer', undefined, 'all'],
  ] as const)('of %s have introspection, and neither key nor signature', async (_, text, tokens) => {
    const token = text ?? (await issuer.accessToken())
    const claims = { iss: issuer.issuer, aud: 'https://api.test/', exp: clock.now() + 60, token_type: 'Bearer' }
    const introspect = async (): Promise<object> => ({ ...claims, active: true })
    const opaqueTokens = { introspect, ...(tokens !== undefined && { tokens }) }
    expect(await told(bearer(token), { opaqueTokens })).toBe(
      `credentials, scheme, introspection, expiry, ${CLAIMS}, binding, FAIL requirements`,
    )
    const inactive = { ...opaqueTokens, introspect: async () => ({ active: false }) }
    expect(await told(bearer(token), { opaqueTokens: inactive })).toBe('credentials, scheme, FAIL introspection')
    const down = { ...opaqueTokens, introspect: () => Promise.reject(new Error('down')) }
    expect(await told(bearer(token), { opaqueTokens: down })).toBe('credentials, scheme, FAIL introspection')
  })

  it('of a token whose issuer is down end at the key', async () => {
    const fetch = (): Promise<Response> => Promise.reject(new Error('down'))
    expect(await told(bearer(await issuer.accessToken()), { fetch })).toBe(
      'credentials, scheme, token form, issuer, token type, algorithm, key id, expiry, FAIL key',
    )
  })

  it('of a token that is bound to a certificate have that', async () => {
    const token = await issuer.accessToken({ claims: { cnf: { 'x5t#S256': key.thumbprint } } })
    expect(await told(bearer(token), { mtls: { certificate: 'connection' } })).toBe(
      `credentials, scheme, ${JWT}, ${CLAIMS}, binding, FAIL certificate`,
    )
  })

  it('of tenants that cannot be looked up have that alone', async () => {
    const tenants = {
      of: () => 'a',
      resolve: () => Promise.reject(new Error('down')),
    }
    const server = serve({ traces: true })
    expect(explanationText(await traceOfTenant(tenants))).toContain('FAIL  tenant')
    expect(server.traces()).toEqual([])
  })
})

async function traceOfTenant(tenants: NonNullable<AuthOptions['tenants']>): Promise<Trace> {
  const server = serve({ traces: true, issuer: undefined, tenants })
  refused(await server.authenticate(bearer(await issuer.accessToken())))
  const [trace] = server.traces()
  if (trace === undefined) throw new Error('no trace')
  return trace
}
