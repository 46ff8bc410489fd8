import type { SampleProcess } from './process.js'
import type { SuiteTest } from './suite-test.js'

/** Each refusal is one JSON line, found by the correlation identifier of the answer, without a token. */
export function logTest(sample: SampleProcess): SuiteTest {
  return {
    name: 'the log of the refusals above',
    async run() {
      const lines = sample.stderr.trimEnd().split('\n')
      const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>) // as: the log writes objects
      const second = events.find(isSecond)
      return {
        actual: [second, /eyJ/.test(sample.stderr)],
        expected: [
          {
            event: 'refused',
            correlation_id: 'second',
            status: 400,
            code: 'DPOP_6012',
            reason: 'proof_replayed',
            ...(second?.['detail'] !== undefined && { detail: second['detail'] }),
          },
          false,
        ],
      }
    },
  }
}

function isSecond({ correlation_id }: Record<string, unknown>): boolean {
  return correlation_id === 'second'
}
