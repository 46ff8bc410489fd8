import type { Framework, Guard } from './setup.js'
import type { TrafficKind } from './traffic.js'

/** A server and what is sent to it. */
export interface Route {
  readonly name: string
  readonly guard: Guard
  readonly traffic: TrafficKind
}

export const HTTP_LIMIT = 'limit: RS256 signature'
export const HTTP_NEW = 'ours, new token'
export const HTTP_SEEN = 'ours, token seen'
export const HTTP_DPOP = 'ours, DPoP, key and token known'

const EVERYWHERE: readonly Route[] = [
  { name: HTTP_LIMIT, guard: 'rs256', traffic: 'new' },
  { name: 'limit: ES256 signature', guard: 'es256', traffic: 'new' },
  { name: HTTP_NEW, guard: 'ours', traffic: 'new' },
  { name: HTTP_SEEN, guard: 'ours', traffic: 'seen' },
  { name: HTTP_DPOP, guard: 'ours', traffic: 'dpop' },
  { name: 'jose', guard: 'jose', traffic: 'new' },
  { name: 'jose by hand, DPoP', guard: 'jose-dpop', traffic: 'dpop' },
]

/** The peers of each framework's own. */
const NATIVE: Readonly<Record<Framework, readonly Route[]>> = {
  express: [
    { name: 'express-oauth2-jwt-bearer', guard: 'native', traffic: 'new' },
    { name: 'express-oauth2-jwt-bearer, DPoP', guard: 'native', traffic: 'dpop' },
  ],
  fastify: [
    { name: '@fastify/jwt', guard: 'native', traffic: 'new' },
    { name: '@fastify/jwt + get-jwks', guard: 'native-key-set', traffic: 'new' },
    { name: '@fastify/jwt, token seen', guard: 'native-cached', traffic: 'seen' },
  ],
  hono: [{ name: 'hono jwk', guard: 'native', traffic: 'new' }],
  nest: [{ name: 'passport-jwt', guard: 'native', traffic: 'new' }],
}

export function routesOf(framework: Framework): readonly Route[] {
  return [...EVERYWHERE, ...NATIVE[framework]]
}

/** The peers that a route of ours is held against. */
export function peersOf(framework: Framework, traffic: TrafficKind): readonly string[] {
  const peers = routesOf(framework).filter((route) => !/^(limit|ours)/.test(route.name) && route.traffic === traffic)
  return peers.map(({ name }) => name)
}

/** The name of a measurement: CPU that a route adds to the bare one. */
export function addedName(framework: Framework, route: string): string {
  return `${framework}: ${route}`
}
