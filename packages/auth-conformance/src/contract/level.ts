import { deepStrictEqual, strictEqual } from 'node:assert/strict'

import { expectedAnswer, seenAnswer } from './expectations.js'
import type { Expected } from './expectations.js'
import type { RawRequest, RawResponse } from './raw-http.js'
import { brokenFacts } from './rfc-level.js'

/**
 * How strictly answers are compared.
 * - `rfc`: what every server keeps that keeps the RFCs: status, scheme and `error` of the challenge, a well-formed
 *   `WWW-Authenticate`, nothing echoed, no 401 on an outage. Only cases that a clause demands are declared.
 * - `house`: the exact bytes of this kit's adapters, codes, texts, realm and header order included. All cases.
 */
export type ContractLevel = 'rfc' | 'house'

/** Where an RFC demands a case: `RFC 9449 §4.3 (8)`. In parentheses: the number in a list of that section. */
export type Clause = `RFC ${number} §${number}${string}`

/** Compares one answer. @throws an AssertionError when it is not as it must be at this level */
export function assertAnswer(
  level: ContractLevel,
  request: RawRequest,
  response: RawResponse,
  expected: Expected,
): void {
  if (level === 'rfc') deepStrictEqual(brokenFacts(request, response, expected), [])
  else if (expected.serverAnswers === true) strictEqual(response.status, expected.status)
  else deepStrictEqual(seenAnswer(response), expectedAnswer(expected))
}
