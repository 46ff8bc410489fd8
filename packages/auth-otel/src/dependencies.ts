import type { IntrospectionEvent, KeysEvent, RevocationEvent } from '@acme/auth-core'

type Reading = readonly [value: 0 | 1, attributes: Readonly<Record<string, string>>]

/**
 * Which of what decisions depend on can be used, by the last event of each. A counter would not do for alerts: a series that
 * begins at one has not increased.
 */
export interface Dependencies {
  note(event: KeysEvent | IntrospectionEvent | RevocationEvent, name: string | undefined): void
  readonly read: () => Iterable<Reading>
}

// What does not tell either way is not here: a fetch that failed while the keys are fresh, and revocations.
const UP: Readonly<Record<string, 0 | 1 | undefined>> = {
  'keys fetched': 1,
  'keys stale': 1,
  'keys unavailable': 0,
  'introspection recovered': 1,
  'introspection failed': 0,
  'introspection misconfigured': 0,
  'revocation recovered': 1,
  'revocation failed': 0,
}

/** The names must be bounded. */
export function createDependencies(): Dependencies {
  const readings = new Map<string, Reading>()
  return {
    note({ type, transition }, name = '') {
      const up = UP[`${type} ${transition}`]
      const attribute = type === 'revocation' ? 'acme.auth.source' : 'acme.auth.issuer'
      if (up !== undefined) readings.set(`${type} ${name}`, [up, { 'acme.auth.dependency': type, [attribute]: name }])
    },
    read: () => readings.values(),
  }
}
