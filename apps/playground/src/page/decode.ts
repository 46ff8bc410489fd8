/** A JWT, taken apart to be looked at. Nothing is verified. */
export interface Decoded {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** @returns undefined for what is no JWT */
export function decode(token: string): Decoded | undefined {
  const [header, claims] = token.split('.').map(objectOf)
  return header === undefined || claims === undefined ? undefined : { header, claims }
}

function objectOf(segment: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const bytes = Uint8Array.from(atob(segment.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** A JWT as if somebody had changed its claims: the signature stays, and does not fit. */
export function withOtherClaims(token: string): string {
  const [header = '', , signature = ''] = token.split('.')
  const claims = JSON.stringify({ ...decode(token)?.claims, sub: 'root' })
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(claims)))
  return [header, base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), signature].join('.')
}

/** The ends of a long value, which is as good as nothing to whoever looks over a shoulder. */
export function abbreviated(value: string): string {
  return value.length <= 40 ? value : `${value.slice(0, 12)}…${value.slice(-6)}`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** What a claim says, for people: times by how far away they are. @param now - seconds since the epoch */
export function claimInWords(name: string, value: unknown, now: number): string {
  const isTime = ['exp', 'iat', 'nbf', 'auth_time'].includes(name) && typeof value === 'number'
  if (!isTime) return typeof value === 'string' ? value : JSON.stringify(value)
  const distance = Math.round(value - now)
  if (distance === 0) return `${value} (now)`
  const [unit, size] = UNITS.find(([, one]) => Math.abs(distance) >= one) ?? ['s', 1]
  const away = `${Math.floor(Math.abs(distance) / size)} ${unit}`
  return `${value} (${distance < 0 ? `${away} ago` : `in ${away}`})`
}
