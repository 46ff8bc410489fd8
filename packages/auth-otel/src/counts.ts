/** A number for each combination of attributes: an increment costs a look-up for each, where an instrument costs 1 to 2 µs. */
export interface Counts {
  /** Those with one attribute more; itself where the attribute has no value, and `other` where there is no room for it. */
  with(attribute: string, value: string | number | undefined, room?: Room): Counts
  add(): void
  /** Calls back with each combination that was counted. */
  each(report: (count: number, attributes: Attributes) => void): void
}

/** How many more combinations may be made. */
export interface Room {
  left: number
}

type Attributes = Readonly<Record<string, string | number>>

/** What the values of an attribute beyond its bound are told as. */
export const OTHER = 'other'

/** The attributes must come from bounded sets: nothing is ever forgotten. */
export function createCounts(attributes: Attributes = {}): Counts {
  // By attribute first: a tenant and a route may be called the same.
  const further = new Map<string, Map<string | number, Counts>>()
  let count = 0
  const counts: Counts = {
    with(attribute, value, room) {
      if (value === undefined) return counts
      const values = further.get(attribute) ?? new Map<string | number, Counts>()
      const known = values.get(value)
      if (known !== undefined) return known
      if (room !== undefined && room.left <= 0 && value !== OTHER) return counts.with(attribute, OTHER)
      if (room !== undefined) room.left -= 1
      const made = createCounts({ ...attributes, [attribute]: value })
      further.set(attribute, values.set(value, made))
      return made
    },
    add() {
      count += 1
    },
    each(report) {
      if (count > 0) report(count, attributes)
      for (const values of further.values()) for (const one of values.values()) one.each(report)
    },
  }
  return counts
}

// Characters, of a value that nobody has listed.
const LONGEST = 200

/** @returns the value where it is one of a list, or of the first that come; else `other` */
export function bounded(
  known: readonly string[] | undefined,
  most: number,
): (value: string | undefined) => string | undefined {
  const values = new Set(known)
  return (value) => {
    if (value === undefined || values.has(value)) return value
    if (known !== undefined || values.size >= most || value.length > LONGEST) return OTHER
    values.add(value)
    return value
  }
}
