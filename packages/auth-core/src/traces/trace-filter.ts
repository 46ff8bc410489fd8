import { shown } from './shown.js'
import type { Trace, TraceFilter } from './trace-types.js'

/** What a list is filtered by, and the parameters of an operator's request that say so. */
const PARAMETERS: ReadonlyMap<string, keyof TraceFilter> = new Map([
  ['reason', 'reason'],
  ['code', 'code'],
  ['issuer', 'issuer'],
  ['subject', 'subject'],
  ['client_id', 'clientId'],
  ['path', 'path'],
])

/** Whether all that is asked for is so. */
export function isListed(trace: Trace, filter: TraceFilter): boolean {
  const { reason, code, issuer, subject, clientId, tenant, path } = filter
  const wanted = { reason, code, issuer, subject, clientId, tenant, path }
  return Object.entries(wanted).every(([name, value]) => {
    return value === undefined || Reflect.get(trace, name) === shown(value)
  })
}

/** The filter in the query of a URL. @returns undefined where it asks for something else: that would be answered with all */
export function filterOf(url: string): TraceFilter | undefined {
  const start = url.indexOf('?')
  const filter = new Map<keyof TraceFilter, string>()
  for (const [parameter, value] of new URLSearchParams(start === -1 ? '' : url.slice(start))) {
    const name = PARAMETERS.get(parameter)
    if (name === undefined || filter.has(name)) return undefined
    filter.set(name, value)
  }
  return Object.fromEntries(filter)
}

/** The names of the parameters. */
export const FILTERS: readonly string[] = [...PARAMETERS.keys()]
