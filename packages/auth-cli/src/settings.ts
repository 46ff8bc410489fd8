import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'

import type { AuthOptions, DpopMode } from '@acme/auth-core'

import { messageOf, UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

/** The flags of `withSettings`. */
export interface SettingFlags {
  readonly issuer?: string
  readonly audience?: readonly string[]
  readonly dpop?: DpopMode
  readonly envFile?: string
  readonly json?: boolean
}

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The variables: those of the process win, as with `node --env-file`. @throws {UsageError} for a file that cannot be read */
export async function environmentOf(
  { envFile }: Pick<SettingFlags, 'envFile'>,
  { environment }: Terminal,
): Promise<Environment> {
  if (envFile === undefined) return environment
  try {
    return { ...parseEnv(await readFile(envFile, 'utf8')), ...environment }
  } catch (error) {
    throw new UsageError(`--env-file ${envFile}: ${messageOf(error)}`)
  }
}

/** What the flags say, to win over the variables. */
export function givenOptions({ issuer, audience, dpop }: SettingFlags): AuthOptions {
  return {
    ...(issuer !== undefined && (issuer.includes('://') ? { issuer } : { domain: issuer })),
    ...(audience !== undefined && { audience }),
    ...(dpop !== undefined && { dpop: { mode: dpop } }),
  }
}

/** The options of this API. @throws {TypeError} that names what is missing or wrong */
export async function optionsOf(flags: SettingFlags, environment: Environment): Promise<AuthOptions> {
  const { optionsFromEnvironment } = await import('@acme/auth-core')
  return optionsFromEnvironment(environment, givenOptions(flags))
}

const NAMES = ['AUTH0_DOMAIN', 'AUTH0_ISSUER', 'AUTH0_AUDIENCE', 'AUTH0_API_AUDIENCE']

/** The options of this API; undefined where neither flags nor variables have any. @throws {TypeError} as `optionsOf` */
export async function knownOptions(flags: SettingFlags, environment: Environment): Promise<AuthOptions | undefined> {
  const isGiven = flags.issuer !== undefined || flags.audience !== undefined
  const isSet = NAMES.some((name) => (environment[name] ?? '') !== '')
  return isGiven || isSet ? optionsOf(flags, environment) : undefined
}
