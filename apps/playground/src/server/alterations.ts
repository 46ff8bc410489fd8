/** What may be wrong with an access token that its issuer has signed all the same. */
export const ALTERATIONS = [
  'expired',
  'not yet valid',
  'other audience',
  'other issuer',
  'without scopes',
  'not bound',
  'of a user who leaves',
] as const

export type Alteration = (typeof ALTERATIONS)[number]

type Claims = Readonly<Record<string, unknown>>

const HOUR = 3600

const CHANGES: Readonly<Record<Alteration, (claims: Claims, now: number) => Claims>> = {
  expired: (claims, now) => ({ ...claims, iat: now - 2 * HOUR, exp: now - HOUR }),
  'not yet valid': (claims, now) => ({ ...claims, nbf: now + HOUR, exp: now + 2 * HOUR }),
  'other audience': (claims) => ({ ...claims, aud: 'https://other.example.test/' }),
  'other issuer': (claims) => ({ ...claims, iss: 'https://issuer.example.test/' }),
  'without scopes': ({ scope: _, ...claims }) => ({ ...claims, scope: 'profile', permissions: [] }),
  'not bound': ({ cnf: _, ...claims }) => claims,
  // Somebody else each time: the user of the page stays logged in.
  'of a user who leaves': (claims) => ({ ...claims, sub: `leaver-${crypto.randomUUID()}` }),
}

/** @param now - seconds since the epoch */
export function altered(claims: Claims, alterations: readonly Alteration[], now: number): Claims {
  const time = Math.floor(now)
  const fresh: Claims = { ...claims, jti: crypto.randomUUID() }
  return alterations.reduce((changed, name) => CHANGES[name](changed, time), fresh)
}
