import { DPOP_MODES, NONCE_MODES, readMode } from '../server/modes.js'
import type { Mode } from '../server/modes.js'
import type { OfferedRoute } from '../wire.js'
import { faultOf } from './faults.js'
import type { Scheme } from './faults.js'

/** What is sent where: all of it is in the URL, and nothing else is. */
export interface Choice extends Mode {
  /** Such as `GET /api/messages`. */
  readonly route: string
  readonly scheme: Scheme
  /** Of a fault. */
  readonly fault: string
  /** Whose answer is shown. */
  readonly server: string
}

export const CHOICES = { dpop: DPOP_MODES, nonce: NONCE_MODES, scheme: ['DPoP', 'Bearer'] } as const

export const SERVERS: readonly string[] = ['express', 'fastify', 'nest/express', 'nest/fastify', 'hono']
const FIRST: Choice = {
  dpop: 'allowed',
  nonce: 'heal',
  route: 'GET /api/messages',
  scheme: 'DPoP',
  fault: 'none',
  server: 'express',
}

export function nameOfRoute({ method, path }: OfferedRoute): string {
  return `${method} ${path}`
}

/** What is not known is as at first: a link may be of another version of this page. */
export function choiceFrom(hash: string, routes: readonly OfferedRoute[]): Choice {
  const given = new URLSearchParams(hash.replace(/^#/, ''))
  const oneOf = (name: keyof Choice, known: readonly string[]): string =>
    known.find((one) => one === given.get(name)) ?? FIRST[name]
  return withRules(
    {
      ...(readMode(oneOf('dpop', DPOP_MODES), oneOf('nonce', NONCE_MODES)) ?? FIRST),
      route: oneOf('route', routes.map(nameOfRoute)),
      scheme: oneOf('scheme', CHOICES.scheme) === 'Bearer' ? 'Bearer' : 'DPoP',
      fault: faultOf(given.get('fault') ?? '').id,
      server: oneOf('server', SERVERS),
    },
    routes,
  )
}

/** Without what cannot be: nonces without DPoP, another scheme than the fault's, a missing scope where none is wanted. */
export function withRules(choice: Choice, routes: readonly OfferedRoute[]): Choice {
  const { scheme = choice.scheme, wantsScope } = faultOf(choice.fault)
  const fits = wantsScope !== true || routes.some((one) => nameOfRoute(one) === choice.route && one.wantsScope)
  const mode = readMode(choice.dpop, choice.nonce) ?? FIRST
  return { ...choice, ...mode, scheme, route: fits ? choice.route : FIRST.route }
}

export function hashOf(choice: Choice): string {
  return `#${new URLSearchParams({ ...choice }).toString()}`
}
