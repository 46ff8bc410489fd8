/** The measurement of one round, by name. */
export type Of = (name: string) => number

/** Something that is promised. */
export interface Target {
  /** The part whose rounds it is computed from. */
  readonly part: string
  readonly name: string
  readonly unit: string
  readonly atMost: number
  /** From the measurements of one round. */
  readonly value: (of: Of) => number
}

export function ratio(part: string, name: string, atMost: number, value: (of: Of) => number): Target {
  return { part, name, unit: '×', atMost, value }
}

export function micros(part: string, name: string, atMost: number, value: (of: Of) => number): Target {
  return { part, name, unit: 'µs', atMost, value }
}

export function millis(part: string, name: string, atMost: number, value: (of: Of) => number): Target {
  return { part, name, unit: 'ms', atMost, value }
}

/** The least of several measurements. */
export function least(of: Of, names: readonly string[]): number {
  return Math.min(...names.map(of))
}
