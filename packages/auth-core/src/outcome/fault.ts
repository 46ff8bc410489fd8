import { isAuthError } from './errors.js'

/**
 * What was thrown, as an Error that a framework answers with 500: RFC 9110 §15.6.1, since the client did nothing wrong.
 *
 * Functions of the application may throw anything. Frameworks take a rejection without a value for success, text for a
 * command (`next('route')`) or a payload, and an error's own `status` for the status of the answer. So all but a plain
 * Error is wrapped, with what was thrown as its `cause`. The message is fixed: some frameworks show it to the client.
 *
 * @example
 * ```ts
 * import { asFault } from '@acme/auth-core'
 *
 * console.log(asFault(undefined) instanceof Error) // true
 * ```
 */
export function asFault(thrown: unknown): Error {
  return isPlainError(thrown) ? thrown : new Error(`${UNKNOWN}: a ${typeof thrown} was thrown`, { cause: thrown })
}

const UNKNOWN = 'a function of the application failed while a request was decided on'

// What Express, Fastify, Koa, Nest and Hono take the status of an answer from.
const STATUS = ['status', 'statusCode', 'getStatus', 'getResponse']

function isPlainError(value: unknown): value is Error {
  try {
    // Read, as frameworks do: a proxy of an Error may throw then.
    return value instanceof Error && STATUS.every((name) => Reflect.get(value, name) === undefined)
  } catch {
    // A proxy that does not answer.
    return false
  }
}

/** What was thrown, in a few words, whatever it is. Not escaped. */
export function tell(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      // It may be anything, too.
      const { message }: { readonly message: unknown } = thrown
      return String(message)
    }
    return typeof thrown === 'string' ? thrown : `${typeof thrown} was thrown`
  } catch {
    return 'something was thrown'
  }
}

/** Whatever is thrown while something is verified, it rejects with Errors only. */
export async function rejectWithErrors<Answer>(verify: () => Promise<Answer>): Promise<Answer> {
  try {
    return await verify()
  } catch (error) {
    throw isAuthError(error) ? error : asFault(error)
  }
}
