/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which is counted from the server's own `Date` where that is
 * there.
 *
 * @param now - seconds since the epoch
 * @returns seconds, 0 or more; undefined for garbage
 */
export function retryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,15}$/.test(value)) return Number(value)
  // Dates have a name of a day and spaces; Date.parse takes much else for one.
  if (!/^[A-Za-z]{3,9},? /.test(value)) return undefined
  const time = Date.parse(value) / 1000
  const sent = Date.parse(headers.get('date') ?? '') / 1000
  const seconds = time - (Number.isNaN(sent) ? now : sent)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}
