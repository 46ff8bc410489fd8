import { configurationError, rejectUndefined, rejectUnknownNames, requireObject } from './option-checks.js'

/** Checks what is given for an option, and fills in its default. @throws {TypeError} that names the option */
export type OptionReader<Value> = (given: unknown, name: string) => Value

/** The options of an object, each written once: its name, its check, its default. */
export type OptionTable<Values> = { readonly [Name in keyof Values]: OptionReader<Values[Name]> }

/** Where options stand, and how messages say so. */
interface Place {
  /** The option that the object is the value of; empty for the outermost. */
  readonly name: string
  /** What is wanted in place of something that is no object. */
  readonly wanted: string
  /** Options of which the default checks no less than any value, so that they may be there and undefined. */
  readonly mayBeUndefined?: readonly string[]
}

/** Reads options by their table. @throws {TypeError} that names the option, what was given and what is wanted */
export function readOptions<Values extends object>(
  given: unknown,
  table: OptionTable<Values>,
  { name, wanted, mayBeUndefined = [] }: Place,
): Readonly<Values> {
  const where = name === '' ? 'options' : name
  requireObject(where, given, wanted)
  const options = given as Readonly<Record<string, unknown>> // just checked
  const path = name === '' ? '' : `${name}.`
  rejectUnknownNames(where, options, Object.keys(table))
  rejectUndefined(path, options, mayBeUndefined)
  const readers = Object.entries<OptionReader<unknown>>(table)
  const values = readers.map(([option, read]) => [option, read(options[option], path + option)] as const)
  return Object.freeze(Object.fromEntries(values)) as Readonly<Values> // by the table, which has each of its names
}

/** A number of seconds: finite, 0 or more. */
export function seconds(fallback: number): OptionReader<number> {
  return (given = fallback, name) => {
    if (typeof given === 'number' && Number.isFinite(given) && given >= 0) return given
    throw configurationError(name, given, 'seconds, 0 or more')
  }
}

/** The same, and not 0. */
export function moreThanZero(fallback: number): OptionReader<number> {
  const read = seconds(fallback)
  return (given, name) => {
    const value = read(given, name)
    if (value === 0) throw configurationError(name, 0, 'seconds, more than 0')
    return value
  }
}

/** One of some words. The first is the default. */
export function oneOf<Value extends string>(...allowed: readonly [Value, ...Value[]]): OptionReader<Value> {
  return (given = allowed[0], name) => {
    const found = allowed.find((value) => value === given)
    if (found !== undefined) return found
    throw configurationError(name, given, allowed.map((value) => `'${value}'`).join(' or '))
  }
}
