import { randomBytes } from 'node:crypto'

import { createResourceServer, optionsFromEnvironment } from '@acme/auth-core'
import { compileTrustProxy } from '@acme/auth-core/node'
import type { AuthOptions, MtlsOptions, NonceOptions, OpaqueTokenVerifier } from '@acme/auth-core'
import { introspection } from '@acme/auth-introspection'
import { combineEvents } from '@acme/auth-otel'

import { corsFrom } from './cors.js'
import type { CorsSettings } from './cors.js'
import { logRefusal } from './decision-log.js'
import type { LimitSettings } from './limits.js'
import { nextFrom } from './next.js'
import type { NextApi } from './next.js'
import { sharedCounter } from './shared-counter.js'
import { metricsFrom } from './metrics.js'
import type { Metrics } from './metrics.js'
import { sessionsFrom } from './sessions.js'
import type { Sessions } from './sessions.js'
import { sharedReplayStore } from './shared-replay-store.js'
import type { SharedReplayStore } from './shared-replay-store.js'
import { tenantsFrom } from './tenants.js'
import { list, positiveInteger, seconds, text, wrong } from './variables.js'
import type { Environment } from './variables.js'

/** What a sample API is started with. */
export interface SampleSettings {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Which proxies are trusted, in the words that Express, Fastify and `@acme/auth-hono` share. */
  readonly trustProxy: false | string
  /** For the adapter. */
  readonly auth: AuthOptions
  /** To be opened at the start and closed at the end; undefined when this process remembers proofs by itself. */
  readonly replay?: SharedReplayStore | undefined
  /** Of `GET /api/next`. */
  readonly next?: NextApi | undefined
  /** Of `GET /api/limited`. Its counter is opened and closed like `replay`. */
  readonly limits: LimitSettings
  /** Pages of other origins that may call; undefined for none. */
  readonly cors?: CorsSettings | undefined
  /** Who is logged out, and what connections are opened by. Opened and closed like `replay`. */
  readonly sessions: Sessions
  /** Of `GET /metrics`; undefined where there are none. */
  readonly metrics?: Metrics | undefined
  /** Whether the start tells what is enforced. */
  readonly report?: boolean
}

/** @throws {TypeError} that names the variable, what was given and what is wanted */
export function readSettings(env: Environment): SampleSettings {
  const replay = replayFrom(text(env, 'REDIS_URL'))
  const auth = authFrom(env, replay)
  const calls = nextFrom(env, auth)
  const cors = corsFrom(env)
  const sessions = sessionsFrom(env, auth.audience, cors)
  const metrics = metricsFrom(env)
  const settings = {
    host: text(env, 'HOST') ?? '127.0.0.1',
    port: portFrom(text(env, 'PORT')),
    trustProxy: trustProxyFrom(text(env, 'TRUST_PROXY')),
    auth: {
      ...auth,
      ...sessions.options,
      onEvent: metrics === undefined ? logRefusal : combineEvents(metrics.onEvent, logRefusal),
      ...(calls !== undefined && { onBehalfOf: calls.onBehalfOf }),
    },
    sessions,
    metrics,
    next: calls?.next,
    replay,
    limits: limitsFrom(env),
    ...(cors !== undefined && { cors }),
    ...(reportFrom(text(env, 'REPORT')) && { report: true }),
  }
  // Thrown away: it tells of a bad setting before anything listens, and costs nothing.
  withVariableNames(() => createResourceServer(settings.auth))
  return settings
}

function authFrom(env: Environment, replay: SharedReplayStore | undefined): AuthOptions {
  const origins = text(env, 'PUBLIC_ORIGINS')
  const clockTolerance = seconds(env, 'CLOCK_TOLERANCE')
  const cooldown = seconds(env, 'KEYS_COOLDOWN')
  const nonce = nonceFrom(env)
  const opaqueTokens = opaqueTokensFrom(env)
  const mtls = mtlsFrom(env)
  const tenants = tenantsFrom(env)
  const options = optionsFromEnvironment(env, tenants === undefined ? {} : { tenants })
  const dpop = {
    ...options.dpop,
    ...(nonce !== undefined && { nonce }),
    ...(replay !== undefined && { replay: replay.store }),
  }
  return {
    ...options,
    dpop,
    ...(opaqueTokens !== undefined && { opaqueTokens }),
    ...(mtls !== undefined && { mtls }),
    ...(origins !== undefined && { publicOrigins: list(origins) }),
    ...(clockTolerance !== undefined && { clockTolerance }),
    ...(cooldown !== undefined && { keys: { cooldown } }),
  }
}

function nonceFrom(env: Environment): NonceOptions | undefined {
  const mode = text(env, 'DPOP_NONCE')
  const secrets = text(env, 'DPOP_NONCE_SECRET')
  if (mode === 'off' || (mode === undefined && secrets === undefined)) return undefined
  if (mode === undefined) throw new TypeError('DPOP_NONCE_SECRET: is for DPOP_NONCE=heal or required, which is not set')
  if (mode !== 'heal' && mode !== 'required') throw wrong('DPOP_NONCE', mode, 'off, heal or required')
  return { mode, secret: secrets === undefined ? randomSecret() : list(secrets) }
}

/** For one process: nonces of another one, or of before a restart, are stale. */
function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether opaque tokens are asked about, and as whom. */
function opaqueTokensFrom(env: Environment): OpaqueTokenVerifier | undefined {
  const clientId = text(env, 'INTROSPECTION_CLIENT_ID')
  const clientSecret = text(env, 'INTROSPECTION_CLIENT_SECRET')
  const endpoint = text(env, 'INTROSPECTION_ENDPOINT')
  if (clientId === undefined && clientSecret === undefined && endpoint === undefined) return undefined
  // Nothing is shown of what was given: there may be a secret in the wrong place.
  if (clientId === undefined) throw new TypeError('INTROSPECTION_CLIENT_ID: not set, beside others of introspection')
  if (clientSecret === undefined) throw new TypeError('INTROSPECTION_CLIENT_SECRET: not set, beside others')
  try {
    return introspection({ clientId, clientSecret, endpoint })
  } catch {
    throw new TypeError('INTROSPECTION_ENDPOINT: got something else, want an https URL, or http on a loopback host')
  }
}

/** In which header the proxy hands the client's certificate on: `rfc9440`, or `escaped-pem:X-Client-Cert`. */
function mtlsFrom(env: Environment): MtlsOptions | undefined {
  const given = text(env, 'CLIENT_CERTIFICATE')
  if (given === undefined) return undefined
  const [format = '', header] = given.split(':')
  const formats = ['rfc9440', 'base64-der', 'escaped-pem', 'xfcc'] as const
  const found = formats.find((one) => one === format)
  if (found === undefined) throw wrong('CLIENT_CERTIFICATE', given, 'such as rfc9440, or escaped-pem:X-Client-Cert')
  return { certificate: { format: found, ...(header !== undefined && { header }) } }
}

function replayFrom(url: string | undefined): SharedReplayStore | undefined {
  if (url === undefined) return undefined
  try {
    return sharedReplayStore(url)
  } catch {
    // It may hold a password.
    throw new TypeError('REDIS_URL: got something else, want a URL such as redis://127.0.0.1:6379')
  }
}

/** REDIS_URL is known to be good by then. */
function limitsFrom(env: Environment): LimitSettings {
  const url = text(env, 'REDIS_URL')
  const limit = positiveInteger(env, 'RATE_LIMIT', 5)
  const window = positiveInteger(env, 'RATE_LIMIT_WINDOW', 10)
  return { limit, window, counter: url === undefined ? undefined : sharedCounter(url, window) }
}

function portFrom(given = '3000'): number {
  const port = Number(given)
  if (!/^\d+$/.test(given) || port > 65_535) throw wrong('PORT', given, 'a port such as 3000, or 0 for a free one')
  return port
}

function reportFrom(given = '0'): boolean {
  if (given !== '0' && given !== '1') throw wrong('REPORT', given, '0 or 1')
  return given === '1'
}

function trustProxyFrom(given = '0'): SampleSettings['trustProxy'] {
  if (given === '0') return false
  const trusted = given === '1' ? 'loopback' : list(given).join(', ')
  withVariableNames(() => compileTrustProxy(trusted))
  return trusted
}

const VARIABLES: Readonly<Record<string, string>> = {
  tenants: 'TENANTS',
  publicOrigins: 'PUBLIC_ORIGINS',
  clockTolerance: 'CLOCK_TOLERANCE',
  'keys.cooldown': 'KEYS_COOLDOWN',
  trustProxy: 'TRUST_PROXY',
  'mtls.certificate.header': 'CLIENT_CERTIFICATE',
  'dpop.nonce': 'DPOP_NONCE',
  'dpop.nonce.secret': 'DPOP_NONCE_SECRET',
}

/** Errors name the option; whoever starts a sample has set a variable. */
function withVariableNames(check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (error instanceof TypeError) error.message = error.message.replace(/^[\w.]+/, (name) => VARIABLES[name] ?? name)
    throw error
  }
}
