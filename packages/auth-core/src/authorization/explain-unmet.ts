import type { AuthContext } from '../outcome/auth-context.js'
import { addDetail } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { Requirements } from './requirement-types.js'

/** Adds that a token has elsewhere what a route asks for: as a permission what was meant as scope, or the reverse. */
export function explainUnmet(refused: AuthError, auth: AuthContext, wanted: Requirements): void {
  const { scopes, permissions } = auth
  const more =
    refused.reason === 'scope_missing'
      ? elsewhere([...wanted.scopes, ...wanted.anyScope], scopes, { permissions })
      : refused.reason === 'permission_missing'
        ? elsewhere([...wanted.permissions, ...wanted.anyPermission], permissions, { scopes })
        : ''
  if (more !== '') addDetail(refused, more)
}

function elsewhere(
  wanted: readonly string[],
  granted: readonly string[],
  other: Readonly<Record<string, readonly string[]>>,
): string {
  const [[place, found] = ['', []]] = Object.entries(other)
  const there = wanted.filter((name) => !granted.includes(name) && found.includes(name))
  if (there.length === 0) return ''
  return `the token has it under ${place}: want { ${place}: [${there.map((name) => `'${name}'`).join(', ')}] }`
}
