import { configurationError, secretError } from '../options/option-checks.js'
import { moreThanZero, oneOf } from '../options/read-options.js'
import { isPending } from '../util/maybe-promise.js'
import type { RevocationSource } from './revocation-source.js'

/** A source, and what an outage of it means. */
export interface SourceSettings {
  readonly name: string
  readonly onFailure: 'closed' | 'open'
  /** Seconds. */
  readonly timeout: number
  readonly source: RevocationSource
}

/** In the order in which they were given. */
export type RevocationSettings = readonly SourceSettings[]

// It names a metric and a line of a log.
const NAME = /^[\w.-]{1,64}$/
const WANTED = 'a source such as memoryRevocations(), or a list of them'

/** Reads the option `revocation`. @throws {TypeError} that names what is wrong, and shows no source: it may hold a secret */
export function readRevocation(given: unknown, name: string): RevocationSettings {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw secretError(name, given, WANTED)
  const read = list.map((one, index) => readSource(one, Array.isArray(given) ? `${name}[${index}]` : name))
  const twin = read.find((one, index) => read.findIndex((other) => other.name === one.name) !== index)
  // Events and reports tell them apart by it.
  if (twin !== undefined) throw configurationError(name, twin.name, 'another name for each source')
  return Object.freeze(read)
}

function readSource(given: unknown, path: string): SourceSettings {
  if (typeof given !== 'object' || given === null || isPending(given)) throw secretError(path, given, WANTED)
  const source = given as RevocationSource // checked below, member by member
  const { name, onFailure, timeout } = source
  const check: unknown = Reflect.get(source, 'check')
  if (typeof check !== 'function') throw secretError(`${path}.check`, check, 'a function')
  if (typeof name !== 'string' || !NAME.test(name))
    throw configurationError(`${path}.name`, name, 'a name such as epochs')
  return Object.freeze({
    name,
    onFailure: oneOf('closed', 'open')(onFailure, `${path}.onFailure`),
    timeout: moreThanZero(2)(timeout, `${path}.timeout`),
    source,
  })
}
