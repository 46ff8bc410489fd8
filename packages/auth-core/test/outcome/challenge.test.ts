import { describe, expect, it } from 'vitest'
import { renderRefusal } from '../../src/outcome/challenge.js'
import { usualBody } from '../../src/outcome/refusal-body.js'
import { AuthError } from '../../src/outcome/errors.js'
import type { AuthErrorOptions, AuthErrorReason, AuthScheme } from '../../src/outcome/errors.js'
import { commonHeaders } from '../support.js'

const BOTH: readonly AuthScheme[] = ['Bearer', 'DPoP']
const B = 'Bearer realm="api"'
const D = 'DPoP algs="ES256"'
const INVALID = 'error="invalid_token", error_description="The access token is invalid"'

function render(
  reason: AuthErrorReason,
  options: AuthErrorOptions,
  schemes: readonly AuthScheme[],
): ReturnType<typeof renderRefusal> {
  return renderRefusal(new AuthError(reason, options), {
    realm: 'api',
    schemes,
    dpopAlgorithms: ['ES256'],
    bodyOf: usualBody,
  })
}

const CHALLENGES: readonly (readonly [AuthErrorReason, AuthErrorOptions, readonly AuthScheme[], string])[] = [
  ['credentials_missing', {}, BOTH, `${B}, ${D}`],
  ['credentials_missing', {}, ['DPoP'], D],
  ['credentials_missing', {}, ['Bearer'], B],
  ['token_invalid', { scheme: 'Bearer' }, BOTH, `${B}, ${INVALID}, ${D}`],
  ['token_invalid', { scheme: 'DPoP' }, BOTH, `${D}, ${INVALID}, ${B}`],
  ['token_invalid', { scheme: 'DPoP' }, ['DPoP'], `${D}, ${INVALID}`],
  ['token_invalid', { scheme: 'Bearer' }, ['Bearer'], `${B}, ${INVALID}`],
  ['token_invalid', {}, BOTH, `${B}, ${INVALID}, ${D}`],
  [
    'token_bound',
    { scheme: 'Bearer' },
    ['DPoP'],
    `${D}, error="invalid_token", error_description="The access token is bound to a key and needs a proof of it"`,
  ],
  [
    'dpop_required',
    { scheme: 'Bearer' },
    ['DPoP'],
    `${D}, error="invalid_request", error_description="The access token must be sent with the DPoP scheme"`,
  ],
  [
    'dpop_disabled',
    { scheme: 'DPoP' },
    ['Bearer'],
    `${B}, error="invalid_request", error_description="The DPoP scheme is not accepted here"`,
  ],
  [
    'proof_replayed',
    { scheme: 'DPoP' },
    BOTH,
    `${D}, error="invalid_dpop_proof", error_description="The DPoP proof was used before", ${B}`,
  ],
  [
    'scope_missing',
    { scheme: 'Bearer', parameters: { scope: 'a b' } },
    BOTH,
    `${B}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b", ${D}`,
  ],
  [
    'login_insufficient',
    { scheme: 'Bearer', parameters: { acr_values: 'urn:mfa', max_age: '300' } },
    ['Bearer'],
    `${B}, error="insufficient_user_authentication", error_description="A stronger or more recent login is required", ` +
      'acr_values="urn:mfa", max_age="300"',
  ],
]

describe('renderRefusal', () => {
  it.each(CHALLENGES)('%s %o where %o', (reason, options, schemes, challenge) => {
    const body = JSON.stringify(new AuthError(reason))
    const { status } = new AuthError(reason)
    const headers = { ...commonHeaders(body), 'www-authenticate': challenge }
    expect(render(reason, options, schemes)).toEqual({ status, headers, body })
  })

  it.each([
    ['issuer_unavailable', 12, '12'],
    ['issuer_timeout', 1, '1'],
    ['replay_unavailable', undefined, '5'],
  ] as const)('%s with retryAfter %s has no challenge', (reason, retryAfter, header) => {
    const options: AuthErrorOptions = { scheme: 'DPoP', ...(retryAfter !== undefined && { retryAfter }) }
    const body = JSON.stringify(new AuthError(reason))
    const headers = { ...commonHeaders(body), 'retry-after': header }
    expect(render(reason, options, BOTH)).toEqual({ status: 503, headers, body })
  })

  it.each(['nonce_required', 'nonce_stale'] as const)('%s hands out its nonce (RFC 9449 §9)', (reason) => {
    const { description } = new AuthError(reason)
    for (const nonce of ['first', 'second']) {
      const { status, headers, body } = render(reason, { scheme: 'DPoP', nonce }, BOTH)
      const challenge = `${D}, error="use_dpop_nonce", error_description="${description}", ${B}`
      expect([status, headers]).toEqual([
        401,
        { ...commonHeaders(body), 'www-authenticate': challenge, 'dpop-nonce': nonce },
      ])
      expect(body).not.toContain(nonce)
    }
    expect(render('proof_time', { scheme: 'DPoP' }, BOTH).headers).not.toHaveProperty('dpop-nonce')
  })

  it('has the realm and all algorithms of the settings', () => {
    const policy = { realm: "my api's", schemes: BOTH, dpopAlgorithms: ['ES256', 'EdDSA'], bodyOf: usualBody }
    const { headers } = renderRefusal(new AuthError('credentials_missing'), policy)
    expect(headers['www-authenticate']).toBe('Bearer realm="my api\'s", DPoP algs="ES256 EdDSA"')
  })

  it('has nothing of the detail and the cause', () => {
    const response = render('token_invalid', { detail: 'S3CRET', cause: new Error('S3CRET') }, BOTH)
    expect(JSON.stringify(response)).not.toContain('S3CRET')
  })

  it('has a body of exactly four members', () => {
    const error = new AuthError('proof_missing')
    error.correlationId = 'id-1'
    const { body } = renderRefusal(error, { realm: 'api', schemes: BOTH, dpopAlgorithms: ['ES256'], bodyOf: usualBody })
    expect(JSON.parse(body)).toEqual({
      error: 'invalid_dpop_proof',
      error_description: 'A DPoP proof is required',
      code: 'DPOP_6001',
      correlation_id: 'id-1',
    })
  })
})
