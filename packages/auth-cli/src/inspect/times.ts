const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** A duration in words, by its two largest units: `2 hours 5 minutes`. @param seconds - of either sign, which is left out */
export function inWords(seconds: number): string {
  let left = Math.round(Math.abs(seconds))
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return parts.length === 0 ? 'no time' : parts.join(' ')
}

/** A time of a token, and how far away it is. */
export function timeInWords(value: unknown, now: number): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'not a number'
  const date = new Date(value * 1000)
  // Date knows 100 million days: beyond are times in milliseconds.
  if (Number.isNaN(date.getTime())) return `${value}: no time of this world; seconds since the epoch are wanted`
  const distance = value - now
  const relation = distance < 0 ? `${inWords(distance)} ago` : `in ${inWords(distance)}`
  return `${date.toISOString().replace('.000Z', 'Z')}, ${Math.abs(distance) < 1 ? 'now' : relation}`
}
