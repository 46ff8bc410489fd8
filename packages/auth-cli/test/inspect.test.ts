import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Inspected } from '../src/inspect/inspect.js'
import { acmeAuth, answerOf } from './support.js'

let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
})

afterAll(() => issuer.close())

function inspected(token: string, args: readonly string[] = []): Promise<Inspected> {
  return answerOf<Inspected>(['inspect', '-', ...args], { environment, stdin: token })
}

it('accepts a good token, and asks nobody', async () => {
  issuer.resetCounts()
  const { api, suspicious } = await inspected(await issuer.accessToken())
  expect(api?.checks.map(({ check, result }) => `${check} ${result}`)).toEqual([
    'form pass',
    'issuer pass',
    'type pass',
    'algorithm pass',
    'signature unknown',
    'times pass',
    'audience pass',
  ])
  expect([api?.refused, suspicious, issuer.count('all')]).toEqual([undefined, [], 0])
})

it('fetches the keys when told to, and sees a forged signature', async () => {
  const good = await inspected(await issuer.accessToken(), ['--verify'])
  expect(good.api?.checks.find(({ check }) => check === 'signature')?.result).toBe('pass')
  const forged = await inspected(await issuer.accessToken({ signature: 'flipped' }), ['--verify'])
  expect(forged.api?.checks.find(({ check }) => check === 'signature')).toMatchObject({ result: 'fail' })
  expect(forged.api?.refused).toMatchObject({ status: 401, reason: 'token_invalid' })
})

it('tells of every check that fails, not of the first alone', async () => {
  const token = await issuer.accessToken({
    expiresIn: -600,
    claims: { aud: 'https://other.example.com', iss: 'https://x.example/' },
  })
  const { api } = await inspected(token)
  expect(api?.checks.filter(({ result }) => result === 'fail').map(({ check }) => check)).toEqual([
    'issuer',
    'times',
    'audience',
  ])
  expect(api?.refused?.detail).toContain('want a trusted issuer')
})

it('refuses shared secrets and none, by core', async () => {
  for (const alg of ['HS256', 'none']) {
    const { api, suspicious } = await inspected(await issuer.accessToken({ header: { alg } }))
    expect(api?.checks.find(({ check }) => check === 'algorithm')).toMatchObject({ result: 'fail' })
    expect(suspicious.join()).toContain(`alg is ${alg}`)
  }
})

it('judges the token of one tenant among many', async () => {
  const tid = '9b1f7a52-3c1e-4f2a-8a66-1d2f3b4c5d6e'
  const args = ['--issuer', 'https://login.microsoftonline.com/{tenantid}/v2.0']
  const token = await issuer.accessToken({ claims: { tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` } })
  const { api } = await inspected(token, args)
  expect([api?.refused, api?.checks.filter(({ result }) => result === 'fail')]).toEqual([undefined, []])
})

it('takes an audience that no API has for what it is', async () => {
  const token = await issuer.accessToken({ claims: { aud: [' a,b ', ''] } })
  const { api } = await inspected(token, ['--verify'])
  expect(api?.refused?.detail).toContain('aud is')
})

it('is not led astray by what a token holds', async () => {
  const claims = { exp: 1e300, nbf: {}, iat: 'x', cnf: 7, ['__proto__']: { aud: 'x' }, constructor: 1 }
  const { api } = await inspected(await issuer.accessToken({ claims }))
  expect(api?.refused).toMatchObject({ status: 401 })
})

it.each([
  ['https://tenant.eu.auth0.com/', {}, 'Auth0'],
  ['https://login.microsoftonline.com/0b1c/v2.0', {}, 'Entra ID'],
  ['https://dev-1.okta.com/oauth2/default', {}, 'Okta'],
  ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a', {}, 'Cognito'],
  ['https://sso.example.com/realms/shop', {}, 'Keycloak'],
  ['https://auth0.com.example.org/', {}, undefined],
])('knows whose token it is: %s', async (iss, claims, kind) => {
  const { issuedBy } = await inspected(await issuer.accessToken({ claims: { iss, ...claims } }))
  expect(issuedBy).toBe(kind)
})

it('says what a token is bound to, and how long it is good', async () => {
  const { thumbprint } = await createTestKey('ES256')
  const token = await issuer.accessToken({ jkt: thumbprint, expiresIn: 7200 })
  const { stdout } = await acmeAuth(['inspect', '-'], { stdin: `Bearer ${token}` })
  expect(stdout).toContain('bound to  a DPoP key (cnf.jkt)')
  expect(stdout).toMatch(/exp +\d{4}-\d\d-\d\dT[\d:]+Z, in (?:2 hours|1 hour 59 minutes)\n/)
})

it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'] as const)(
  'judges a token that is signed by %s, where the API takes that',
  async (algorithm) => {
    const own = await startTestIssuer({ audience: issuer.audience, algorithm })
    const token = await own.accessToken()
    const { api } = await inspected(token, ['--issuer', own.issuer])
    await own.close()
    const isAccepted = ['RS256', 'PS256', 'ES256', 'EdDSA'].includes(algorithm)
    expect(api?.checks.filter(({ result }) => result === 'fail').map(({ check }) => check)).toEqual(
      isAccepted ? [] : ['algorithm'],
    )
    expect(api?.refused === undefined).toBe(isAccepted)
  },
)
