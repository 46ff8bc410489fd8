import { configurationError } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { words } from './requirement-words.js'

/** Scopes, with those that they imply. */
export type GrantedScopes = (scopes: readonly string[]) => readonly string[]

export const asGranted: GrantedScopes = (scopes) => scopes

/**
 * `{ admin: 'read:x write:x' }`: who has `admin` has the others, and what those imply.
 *
 * @throws {TypeError} that names the scope
 */
export function readScopeHierarchy(given: unknown, name: string): GrantedScopes | undefined {
  if (given === undefined) return undefined
  if (!isPlainObject(given) || Object.keys(given).length === 0) {
    throw configurationError(name, given, "an object such as { admin: 'read:messages write:messages' }")
  }
  const direct = new Map(Object.entries(given).map(([scope, implied]) => [scope, implies(name, scope, implied)]))
  const closures = new Map([...direct.keys()].map((scope) => [scope, closure(scope, direct)]))
  return (scopes) => {
    const more = scopes.flatMap((scope) => closures.get(scope) ?? [])
    return more.length === 0 ? scopes : [...scopes, ...more]
  }
}

function implies(name: string, scope: string, implied: unknown): readonly string[] {
  if (words(name, scope).join() !== scope) throw configurationError(name, scope, 'one scope as a name')
  if (implied === undefined) throw configurationError(`${name}.${scope}`, implied, 'scopes')
  return words(`${name}.${scope}`, implied)
}

/** All that a scope implies, by way of others too. A circle is no harm: each is taken once. */
function closure(scope: string, direct: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Set<string>()
  const open = [scope]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const implied of direct.get(one) ?? []) {
      if (found.has(implied)) continue
      found.add(implied)
      open.push(implied)
    }
  }
  return Object.freeze([...found])
}
