/**
 * The headers of an answer that are to be set. An `X-Request-Id` that the application has set counts, and is left alone. For
 * adapters.
 *
 * @param headers - of what `authenticate` answers
 * @param isSet - whether the answer has a header already
 * @example
 * ```ts
 * import { answerHeaders } from '@acme/auth-core/node'
 * import { ServerResponse } from 'node:http'
 *
 * export function write(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
 *   for (const [name, value] of answerHeaders(headers, (one) => response.hasHeader(one))) response.setHeader(name, value)
 * }
 * ```
 */
export function answerHeaders(
  headers: Readonly<Record<string, string>>,
  isSet: (name: string) => boolean,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(headers).filter(([name]) => name !== 'x-request-id' || !isSet(name))
}
