import { apisFrom, readPageSettings, wanted } from '@acme/sample-api/page'
import type { Api, PageSettings } from '@acme/sample-api/page'

/** What the page is told, and where it is served. */
export interface Settings extends PageSettings {
  /** Whether tokens are bound to a key of the page. */
  readonly dpop: boolean
  readonly apis: readonly Api[]
}

/** The client of the tenant that the page is. */
export const CLIENT_ID = 'web'

/** @throws {TypeError} that names the variable, and what is wanted */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    ...readPageSettings(env, 5173),
    dpop: dpopFrom(env['AUTH0_DPOP'] || 'required'),
    apis: apisFrom(env['API_ORIGINS'] ?? ''),
  }
}

function dpopFrom(text: string): boolean {
  return text === 'required' || text === 'disabled' ? text === 'required' : wanted('AUTH0_DPOP', 'required or disabled')
}
