import { compileTrustProxy, createResourceServer, optionsFromEnvironment } from '@acme/auth-core'
import type { AuthOptions } from '@acme/auth-core'

import { logRefusal } from './decision-log.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** What a sample API is started with. */
export interface SampleSettings {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Which proxies are trusted, in the words that Express, Fastify and `@acme/auth-hono` share. */
  readonly trustProxy: false | string
  /** For the adapter. */
  readonly auth: AuthOptions
}

/** @throws {TypeError} that names the variable, what was given and what is wanted */
export function readSettings(env: Environment): SampleSettings {
  rejectUnsupported(env)
  const settings = {
    host: text(env, 'HOST') ?? '127.0.0.1',
    port: portFrom(text(env, 'PORT')),
    trustProxy: trustProxyFrom(text(env, 'TRUST_PROXY')),
    auth: authFrom(env),
  }
  // Thrown away: it tells of a bad setting before anything listens, and costs nothing.
  withVariableNames(() => createResourceServer(settings.auth))
  return settings
}

function authFrom(env: Environment): AuthOptions {
  const origins = text(env, 'PUBLIC_ORIGINS')
  const clockTolerance = seconds(env, 'CLOCK_TOLERANCE')
  const cooldown = seconds(env, 'KEYS_COOLDOWN')
  return {
    ...optionsFromEnvironment(env),
    ...(origins !== undefined && { publicOrigins: list(origins) }),
    ...(clockTolerance !== undefined && { clockTolerance }),
    ...(cooldown !== undefined && { keys: { cooldown } }),
    onEvent: logRefusal,
  }
}

/** Ignoring them would leave a check out that somebody asked for. */
function rejectUnsupported(env: Environment): void {
  const nonce = text(env, 'DPOP_NONCE') === 'off' ? [] : ['DPOP_NONCE']
  const name = [...nonce, 'DPOP_NONCE_SECRET', 'REDIS_URL'].find((one) => text(env, one) !== undefined)
  if (name !== undefined) throw new TypeError(`${name}: is not supported yet, unset it`)
}

function portFrom(given = '3000'): number {
  const port = Number(given)
  if (!/^\d+$/.test(given) || port > 65_535) throw wrong('PORT', given, 'a port such as 3000, or 0 for a free one')
  return port
}

function trustProxyFrom(given = '0'): SampleSettings['trustProxy'] {
  if (given === '0') return false
  const trusted = given === '1' ? 'loopback' : list(given).join(', ')
  withVariableNames(() => compileTrustProxy(trusted))
  return trusted
}

function seconds(env: Environment, name: string): number | undefined {
  const given = text(env, name)
  if (given === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(given)) throw wrong(name, given, 'seconds, 0 or more, such as 5')
  return Number(given)
}

/** A variable that is set but empty counts as not set. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

function list(given: string): string[] {
  return given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function wrong(name: string, given: string, wanted: string): TypeError {
  return new TypeError(`${name}: got ${JSON.stringify(given)}, want ${wanted}`)
}

const VARIABLES: Readonly<Record<string, string>> = {
  publicOrigins: 'PUBLIC_ORIGINS',
  clockTolerance: 'CLOCK_TOLERANCE',
  'keys.cooldown': 'KEYS_COOLDOWN',
  trustProxy: 'TRUST_PROXY',
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
