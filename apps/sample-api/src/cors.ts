import { list, text, wrong } from './variables.js'
import type { Environment } from './variables.js'

/** What pages of other origins may do, in the words that the CORS plugins of Express, Fastify and Nest share. */
export interface CorsSettings {
  readonly origin: (origin: string | undefined, answer: (error: null, allowed: boolean) => void) => void
  /** Undefined where they are not listed one by one. */
  readonly origins: readonly string[] | undefined
  readonly methods: string[]
  readonly allowedHeaders: string[]
  /** What a page reads of an answer beside its body: challenges, nonces, and when to come again. */
  readonly exposedHeaders: string[]
  /** Seconds that a browser remembers it. */
  readonly maxAge: number
}

/** In `CORS_ORIGINS`: pages of this machine, whichever port they have. */
const ANY_PORT = /^(http:\/\/(?:127\.0\.0\.1|localhost)):\*$/

/** From `CORS_ORIGINS`; undefined where no page of another origin may call. @throws {TypeError} for what is no origin */
export function corsFrom(env: Environment): CorsSettings | undefined {
  const given = text(env, 'CORS_ORIGINS')
  if (given === undefined) return undefined
  const allowed = list(given).map(matcher)
  const isListed = list(given).every(isOrigin)
  return {
    origins: isListed ? list(given) : undefined,
    // No `*`, and no credentials: tokens are in a header, and cookies are not wanted.
    origin: (origin, answer) => answer(null, origin !== undefined && allowed.some((allows) => allows(origin))),
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: ['Authorization', 'DPoP', 'Content-Type'],
    // `Date` is not among those that are always readable (Fetch §2.2.2), and tells a client how wrong its clock is.
    exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce', 'Date', 'Retry-After'],
    maxAge: 600,
  }
}

function matcher(given: string): (origin: string) => boolean {
  const [, host] = ANY_PORT.exec(given) ?? []
  if (host !== undefined) return (origin) => origin.startsWith(host) && /^:\d{1,5}$/.test(origin.slice(host.length))
  if (isOrigin(given)) return (origin) => origin === given
  throw wrong('CORS_ORIGINS', given, 'origins such as https://app.example.com, or http://127.0.0.1:* for any port')
}

/** A URL may have a `*` in its host, which would match nothing. */
function isOrigin(given: string): boolean {
  return URL.canParse(given) && new URL(given).origin === given && !given.includes('*')
}
