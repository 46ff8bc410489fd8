import { asFault } from '../outcome/fault.js'
import { isPending } from './maybe-promise.js'
import type { MaybePromise } from './maybe-promise.js'
import { printable } from './quote.js'
import { withinOr } from './time-limit.js'

/** A schema of any library that follows Standard Schema 1: Zod, Valibot, ArkType and others. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined
}

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Whether it can be asked. ArkType's schemas are functions, so this comes before asking for a predicate. */
export function isSchema(given: unknown): given is StandardSchema {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false
  const standard: unknown = Reflect.get(given, '~standard')
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  )
}

// Seconds. A schema that asks somebody else must not hold requests for ever.
const TIME_LIMIT = 5
const LATE = Symbol('late')

/**
 * What is wrong with a value, fit for one log line; undefined where nothing is.
 *
 * @param what - the option whose schema it is, for messages
 * @throws {Error} when the schema is late, or answers what is no result: neither is the client's fault
 */
export function schemaIssue(schema: StandardSchema, value: unknown, what: string): MaybePromise<string | undefined> {
  const answer = validate(schema, value)
  if (!isPending(answer)) return issueOf(answer, what)
  return withinOr(answer, TIME_LIMIT, LATE).then(
    (result) => issueOf(result, what),
    (cause: unknown) => {
      throw asFault(cause)
    },
  )
}

/** An error of ours that it throws is not the caller's: it may be of another request. */
function validate(schema: StandardSchema, value: unknown): unknown {
  try {
    return schema['~standard'].validate(value)
  } catch (cause) {
    throw asFault(cause)
  }
}

function issueOf(result: unknown, what: string): string | undefined {
  if (result === LATE) throw new Error(`${what}: the schema has not answered within ${TIME_LIMIT} s`)
  if (typeof result !== 'object' || result === null) throw new Error(`${what}: the schema answered no result`)
  const { issues } = result as SchemaResult // as every Standard Schema answers
  if (issues === undefined) return undefined
  const [issue] = issues
  // The message may have the value in it, which may be anything.
  return printable(`claim ${pathText(issue)}: ${issue?.message ?? 'is not as wanted'}`, 300)
}

function pathText(issue: SchemaIssue | undefined): string {
  const names = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? []
  return names.length === 0 ? '(all)' : names.join('.')
}
