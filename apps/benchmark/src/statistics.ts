/** The middle of a list of measurements, and half the distance between its quartiles. */
export interface Summary {
  readonly median: number
  readonly spread: number
}

/** @throws {RangeError} for an empty list */
export function summarise(values: readonly number[]): Summary {
  return { median: quantile(values, 0.5), spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2 }
}

/** Between two measurements it interpolates. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const low = sorted[Math.floor(position)]
  const high = sorted[Math.ceil(position)]
  if (low === undefined || high === undefined) throw new RangeError('no measurements')
  return low + (high - low) * (position - Math.floor(position))
}
