import { APIS, mainOf } from '@acme/sample-api/programs'
import type { Program, Server, ServerGroup } from '@acme/sample-api/programs'

/** Another API, which those of the matrix call on behalf of their callers. */
const NEXT: Program = { name: 'next', script: mainOf('express-api') }

/** A page that logs in and calls all of them. */
const WEB: Program = { name: 'page', script: mainOf('web') }

/** A page to send requests at all of them, right and wrong. */
const PLAYGROUND: Program = { name: 'playground', script: mainOf('playground') }

/** The settings with which all of them run at the same time; a row says on which it is sent. */
const DEPLOYMENTS = {
  usual: { DPOP_NONCE: 'heal' },
  'nonces and tenants': { DPOP_NONCE: 'required' },
} as const

export type Deployment = keyof typeof DEPLOYMENTS

type Environment = Readonly<Record<string, string>>

/** Starts the API that those of the matrix call: for bound tokens with a nonce alone. */
export function startNext(group: ServerGroup, { issuer, audience }: Trusted): Promise<Server> {
  const own = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience, AUTH0_DPOP: 'required', DPOP_NONCE: 'required' }
  return group.start(NEXT, own)
}

/** What the servers trust. */
export interface Trusted {
  readonly issuer: string
  readonly secondIssuer: string
  readonly audience: string
  readonly secretOf: (client: string) => string
}

/** One issuer, which is asked about opaque tokens; or two tenants on this machine, told by the host. */
export function environmentsOf(
  { issuer, secondIssuer, audience, secretOf }: Trusted,
  next: Server,
): Record<Deployment, Environment> {
  const tenants = [
    { id: 'a', hosts: ['127.0.0.1'], issuer, audience },
    { id: 'b', hosts: ['localhost'], issuer: secondIssuer, audience },
  ]
  const introspection = { INTROSPECTION_CLIENT_ID: 'api', INTROSPECTION_CLIENT_SECRET: secretOf('api') }
  const calls = {
    NEXT_API_URL: next.origin,
    NEXT_API_CLIENT_ID: 'portal',
    NEXT_API_CLIENT_SECRET: secretOf('portal'),
  }
  return {
    // Pages of this machine may call.
    usual: {
      AUTH0_ISSUER: issuer,
      AUTH0_AUDIENCE: audience,
      CORS_ORIGINS: 'http://127.0.0.1:*',
      SSF_ISSUER: issuer,
      ...introspection,
      ...calls,
    },
    // Pages of one origin may call, and connect.
    'nonces and tenants': { TENANTS: JSON.stringify(tenants), CORS_ORIGINS: 'https://app.example.com' },
  }
}

/** Starts everything in one deployment. */
export function startApis(
  group: ServerGroup,
  deployment: Deployment,
  environments: Readonly<Record<Deployment, Environment>>,
): Promise<Server[]> {
  // The gateway is on this machine.
  const more = {
    TRUST_PROXY: '1',
    CLIENT_CERTIFICATE: 'rfc9440',
    ...environments[deployment],
    ...DEPLOYMENTS[deployment],
  }
  const start = (api: Program): Promise<Server> =>
    group.start(deployment === 'usual' ? api : { ...api, name: `${api.name}, ${deployment}` }, more)
  return Promise.all(APIS.map(start))
}

/** Starts the pages for servers that run. */
export function startPages(
  group: ServerGroup,
  { issuer, audience }: Pick<Trusted, 'issuer' | 'audience'>,
  apis: readonly Server[],
): Promise<[page: Server, playground: Server]> {
  const API_ORIGINS = apis.map(({ name, origin }) => `${name}=${origin}`).join(',')
  const environment = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience, API_ORIGINS }
  return Promise.all([group.start(WEB, environment), group.start(PLAYGROUND, environment)])
}
