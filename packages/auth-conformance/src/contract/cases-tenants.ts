import { createProof } from '@acme/auth-testing'

import type { Header } from './addressed.js'
import { asDpopUser, asUser, attack, honest } from './case.js'
import type { ContractClient, ContractIssuer } from './client.js'
import { TENANT_HOSTS } from './configurations.js'
import type { ContractCase } from './contract.js'
import { boundToken, dpopDisabled, dpopRequired, invalidToken, noCredentials } from './refusals.js'
import type { RawRequest } from './raw-http.js'

const { a: A, b: B, c: C } = TENANT_HOSTS
const C_AUDIENCE = { claims: { aud: 'https://c.api.test/' } }
const TENANTS = { configuration: 'tenants' } as const
const PROXIED = { configuration: 'proxied tenants' } as const

const to = (host: string, headers: readonly Header[] = []): RawRequest => ({
  method: 'GET',
  target: '/any',
  headers: [['Host', host], ...headers],
})

const bearer = (host: string, token: string, more: readonly Header[] = []): RawRequest =>
  to(host, [['Authorization', `Bearer ${token}`], ...more])

/** A bound token of an issuer and a proof for the URL, by the host that the client addressed. */
async function dpop(c: ContractClient, issuer: ContractIssuer, host: string): Promise<RawRequest> {
  const { clientKey: key } = c.fixture
  const accessToken = await issuer.accessToken({ jkt: key.thumbprint })
  const proof = await createProof({ key, url: `http://${host}/any`, accessToken })
  return to(host, [
    ['Authorization', `DPoP ${accessToken}`],
    ['DPoP', proof],
  ])
}

const ofIssuer = (c: ContractClient): Promise<string> => c.issuer.accessToken()
const ofSecond = (c: ContractClient): Promise<string> => c.fixture.secondIssuer.accessToken()

/** One request that is accepted and remembered, so that the next one, to another tenant, meets a warm cache. */
const warm = (host: string, token: string): readonly RawRequest[] => [1, 2, 3].map(() => bearer(host, token))

const hostCases: readonly ContractCase[] = [
  honest('tenant: its token', asUser, async (c) => bearer(A, await ofIssuer(c)), TENANTS),
  honest('tenant: its host with a port', asUser, async (c) => bearer(`${A}:${c.port}`, await ofIssuer(c)), TENANTS),
  honest('tenant: its host in upper case', asUser, async (c) => bearer('A.LOCALHOST', await ofIssuer(c)), TENANTS),
  honest('tenant: its audience', asUser, async (c) => bearer(C, await c.issuer.accessToken(C_AUDIENCE)), TENANTS),
  honest('tenant: DPoP where it is required', asDpopUser, (c) => dpop(c, c.fixture.secondIssuer, B), TENANTS),
  honest('tenant: DPoP where it is allowed', asDpopUser, (c) => dpop(c, c.issuer, A), TENANTS),
  attack(
    'tenant: Bearer where it requires DPoP',
    dpopRequired({ scheme: 'DPoP', mode: 'required' }),
    async (c) => bearer(B, await ofSecond(c)),
    TENANTS,
  ),
  attack(
    'tenant: DPoP where it does without',
    dpopDisabled({ scheme: 'Bearer', mode: 'disabled' }),
    (c) => dpop(c, c.issuer, C),
    TENANTS,
  ),
  attack(
    'tenant: a bound token as Bearer',
    boundToken({ mode: 'allowed' }),
    async (c) => bearer(A, await c.boundToken()),
    TENANTS,
  ),
  honest('tenant: no credentials, both schemes', noCredentials(), () => to(A), TENANTS),
  honest('tenant: no credentials, DPoP only', noCredentials('required'), () => to(B), TENANTS),
  honest('tenant: no credentials, Bearer only', noCredentials('disabled'), () => to(C), TENANTS),
]

/** RFC 8725 §3.8, §3.9: the issuer and the audience must be those of the request's tenant. */
const crossingCases: readonly ContractCase[] = [
  attack(
    'tenant: a remembered token of another with the same issuer',
    invalidToken({ mode: 'disabled' }),
    async (c) => {
      const token = await ofIssuer(c)
      return [...warm(A, token), bearer(C, token)]
    },
    TENANTS,
  ),
  attack(
    'tenant: a remembered token at a host of nobody',
    invalidToken(),
    async (c) => {
      const token = await ofIssuer(c)
      return [...warm(A, token), bearer('d.localhost', token)]
    },
    TENANTS,
  ),
  attack('tenant: a token of another issuer', invalidToken(), async (c) => bearer(A, await ofSecond(c)), TENANTS),
  attack(
    'tenant: a token of another, with a good proof',
    invalidToken({ scheme: 'DPoP', mode: 'required' }),
    (c) => dpop(c, c.issuer, B),
    TENANTS,
  ),
  ...['d.localhost', `sub.${A}`, `${A}.`, '__proto__', `${'a'.repeat(300)}.localhost`, '[::1]', '127.0.0.1'].map(
    (host) =>
      attack(
        `tenant: Host is ${host.slice(0, 20)}`,
        invalidToken(),
        async (c) => bearer(host, await ofIssuer(c)),
        TENANTS,
      ),
  ),
]

const by = (host: string): readonly Header[] => [
  ['X-Forwarded-For', '203.0.113.9'],
  ['X-Forwarded-Host', host],
]

const proxyCases: readonly ContractCase[] = [
  honest('tenant: by a trusted proxy', asUser, async (c) => bearer(c.host, await ofIssuer(c), by(A)), PROXIED),
  honest(
    'tenant: by Forwarded of a trusted proxy',
    asUser,
    async (c) => bearer(c.host, await ofIssuer(c), [['Forwarded', `for=203.0.113.9;host=${A}`]]),
    PROXIED,
  ),
  attack(
    'tenant: by X-Forwarded-Host of anybody',
    invalidToken(),
    async (c) => bearer(c.host, await ofIssuer(c), by(A)),
    TENANTS,
  ),
  attack(
    'tenant: another by X-Forwarded-Host of anybody',
    invalidToken(),
    async (c) => bearer(A, await ofSecond(c), by(B)),
    TENANTS,
  ),
  attack(
    'tenant: by X-Forwarded-Host in front of that of the proxy',
    invalidToken(),
    async (c) => bearer(c.host, await ofIssuer(c), by(`${A}, d.localhost`)),
    PROXIED,
  ),
  attack(
    'tenant: by two families that differ',
    invalidToken(),
    async (c) => bearer(c.host, await ofIssuer(c), [...by(A), ['Forwarded', 'for=203.0.113.9;host=d.localhost']]),
    PROXIED,
  ),
]

/** Several tenants on one server, told by the host that the client addressed. */
export const tenantCases: readonly ContractCase[] = [...hostCases, ...crossingCases, ...proxyCases]
