import { apisFrom, readPageSettings } from '@acme/sample-api/page'
import type { Api, PageSettings } from '@acme/sample-api/page'

/** What the page is for, and where it is served. */
export interface Settings extends PageSettings {
  /** Servers that run already, in the mode `allowed` with nonces that heal; none: they are started when they are wanted. */
  readonly running: readonly Api[]
}

/** The client of the tenant that the page is. */
export const CLIENT_ID = 'web'

/** @throws {TypeError} that names the variable, and what is wanted */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const origins = env['API_ORIGINS'] ?? ''
  return { ...readPageSettings(env, 5174), running: origins === '' ? [] : apisFrom(origins) }
}
