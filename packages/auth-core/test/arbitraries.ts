import * as fc from 'fast-check'

/** Whether the matrix runs, which tries ten times as much as `npm test` and the tests on other versions of Node. */
export const THOROUGH: boolean = process.env['ACME_THOROUGH'] === '1'

/** So many runs of a property in the matrix. A failure prints its seed. */
export function runs(many: number): { numRuns: number } {
  return { numRuns: THOROUGH ? many : many / 10 }
}

/** How often a property is tried. */
export const RUNS: { numRuns: number } = runs(3000)

/** Text of any kind: printable, any code point, whole graphemes. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
)

/** Base64url, and what is not quite that. */
export const base64Text = fc.string({ unit: fc.constantFrom(...'ABYZabyz0189-_.=+/ \n'.split('')), maxLength: 60 })

/** A text with a few characters replaced, removed, added or moved. */
export function mutated(text: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(text.length),
    cut: fc.nat(3),
    put: fc.oneof(base64Text, fc.string({ maxLength: 3 })),
  })
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((so, { at, cut, put }) => so.slice(0, at) + put.slice(0, 4) + so.slice(at + cut), text),
    )
}

/** What clients and proxies may say of the request, right or wrong. */
export const anyHeaders = fc.array(
  fc.tuple(
    fc.constantFrom(
      'Host',
      'Forwarded',
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Prefix',
      'X-Request-Id',
      'Authorization',
      'DPoP',
    ),
    fc.oneof(
      anyText,
      fc.constantFrom('https', 'api.test', '/v1', 'for=1;host=api.test', 'host="', '10.0.0.1, 10.0.0.2'),
    ),
  ),
  { maxLength: 5 },
)
