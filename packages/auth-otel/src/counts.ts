/** A number for each combination of attributes: an increment costs a look-up for each, where an instrument costs 1 to 2 µs. */
export interface Counts {
  /** Those with one attribute more; itself where the attribute has no value. */
  with(attribute: string, value: string | number | undefined): Counts
  add(): void
  /** Calls back with each combination that was counted. */
  each(report: (count: number, attributes: Attributes) => void): void
}

type Attributes = Readonly<Record<string, string | number>>

/** The attributes must come from bounded sets: nothing is ever forgotten. */
export function createCounts(attributes: Attributes = {}): Counts {
  const further = new Map<string | number, Counts>()
  let count = 0
  const counts: Counts = {
    with(attribute, value) {
      if (value === undefined) return counts
      const known = further.get(value)
      if (known !== undefined) return known
      const made = createCounts({ ...attributes, [attribute]: value })
      further.set(value, made)
      return made
    },
    add() {
      count += 1
    },
    each(report) {
      if (count > 0) report(count, attributes)
      for (const one of further.values()) one.each(report)
    },
  }
  return counts
}

/** What the values of an attribute beyond its bound are told as. */
export const OTHER = 'other'

/** @returns the value where it is one of a list, or of the first that come; else `other` */
export function bounded(
  known: readonly string[] | undefined,
  most: number,
): (value: string | undefined) => string | undefined {
  const values = new Set(known)
  return (value) => {
    if (value === undefined || values.has(value)) return value
    if (known !== undefined || values.size >= most) return OTHER
    values.add(value)
    return value
  }
}
