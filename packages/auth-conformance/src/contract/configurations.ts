import type { ContractConfiguration, ContractConfigurationName } from './contract.js'
import { AUDIENCE } from './fixture.js'
import type { ContractFixture } from './fixture.js'
import { contractRoutes } from './routes.js'

/** The tenants `a` and `c` have one issuer and different audiences; `b` has another issuer, and requires DPoP. */
export const TENANT_HOSTS = { a: 'a.localhost', b: 'b.localhost', c: 'c.localhost' } as const

/** How the server is started for the cases of a configuration. */
export function configurationOf(
  name: ContractConfigurationName,
  { issuer, secondIssuer, deadIssuer, introspection, nonceSecret: secret }: ContractFixture,
): ContractConfiguration {
  const options = { issuer: issuer.issuer, audience: AUDIENCE }
  const plain = { options, trustProxy: false, routes: contractRoutes } as const
  switch (name) {
    case 'allowed':
      return plain
    case 'required':
      return { ...plain, options: { ...options, dpop: { mode: name } } }
    case 'disabled':
      // A route that requires DPoP contradicts it, which adapters refuse at creation.
      return {
        ...plain,
        options: { ...options, dpop: { mode: name } },
        routes: contractRoutes.filter(({ path }) => path !== '/dpop-only'),
      }
    case 'nonce required':
      return { ...plain, options: { ...options, dpop: { nonce: { secret } } } }
    case 'nonce heal':
      return { ...plain, options: { ...options, dpop: { mode: 'required', nonce: { secret, mode: 'heal' } } } }
    case 'proxied':
      return { ...plain, trustProxy: 'loopback' }
    case 'origins':
      return { ...plain, options: { ...options, publicOrigins: ['https://api.example.com'] }, trustProxy: 'loopback' }
    case 'public url':
      return { ...plain, options: { ...options, publicUrl: 'https://api.example.com/svc2' }, trustProxy: 'loopback' }
    case 'rfc9068':
      return { ...plain, options: { ...options, tokenProfile: name } }
    case 'shadow': {
      const shadow = {
        audience: 'https://tried.test/',
        dpop: { mode: 'required', proofMaxAge: 1 },
        requirements: 'tried',
      } as const
      return { ...plain, options: { ...options, shadow } }
    }
    case 'two issuers':
      return { ...plain, options: { audience: AUDIENCE, issuers: [issuer.issuer, secondIssuer.issuer] } }
    case 'tenants':
    case 'proxied tenants': {
      const own = { audience: AUDIENCE, issuer: issuer.issuer }
      const tenants = [
        { ...own, id: 'a', hosts: [TENANT_HOSTS.a] },
        { ...own, id: 'b', hosts: [TENANT_HOSTS.b], issuer: secondIssuer.issuer, dpop: 'required' },
        { ...own, id: 'c', hosts: [TENANT_HOSTS.c], audience: 'https://c.api.test/', dpop: 'disabled' },
      ] as const
      return { ...plain, options: { audience: AUDIENCE, tenants }, trustProxy: name === 'tenants' ? false : 'loopback' }
    }
    case 'certificates':
    case 'certificates without proxy': {
      const mtls = { certificate: { format: 'rfc9440' } } as const
      return { ...plain, options: { ...options, mtls }, trustProxy: name === 'certificates' ? 'loopback' : false }
    }
    case 'certificates required':
      return {
        ...plain,
        options: { ...options, mtls: { certificate: { format: 'rfc9440' }, required: true } },
        trustProxy: 'loopback',
      }
    case 'certificates of Envoy':
      return { ...plain, options: { ...options, mtls: { certificate: { format: 'xfcc' } } }, trustProxy: 'loopback' }
    case 'dead issuer':
      return { ...plain, options: { ...options, issuer: deadIssuer.issuer } }
    case 'introspection':
      return { ...plain, options: { ...options, introspection: { endpoint: introspection.url } } }
    case 'introspection down':
      return { ...plain, options: { ...options, introspection: { endpoint: introspection.deadUrl } } }
  }
}
