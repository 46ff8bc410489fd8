import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** What is tested: core on Node's cryptography, the contract of each adapter over sockets, and the client. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  'auth-core': ['--project=node'],
  'auth-express': ['test/contract.test.ts'],
  'auth-fastify': ['test/contract.test.ts'],
  'auth-hono': ['test/contract.test.ts'],
  'auth-nestjs': ['test/contract.test.ts'],
  'auth-client': [],
}

/** What depends on the version itself: cryptography, Node's HTTP server and its web requests. The newest one runs all. */
const ON_EACH = ['auth-core', 'auth-express', 'auth-hono']
const NEWEST = 26

/** Runs tests of a package with another Node. The binaries come with the lockfile, for Linux on x64; elsewhere this fails. */
async function testsOn(version: number, suite: string): Promise<{ readonly passed: number; readonly failed: unknown }> {
  const node = path(`../node_modules/node${version}/bin/node`)
  const folder = mkdtempSync(join(tmpdir(), 'acme-node-'))
  try {
    const report = join(folder, 'report.json')
    const parameters = ['run', ...(SUITES[suite] ?? []), '--reporter=json', `--outputFile=${report}`]
    const cwd = path(`../../../${suite}`)
    // What failed is in the report, and named below.
    await run(node, [path('../node_modules/vitest/vitest.mjs'), ...parameters], { cwd, maxBuffer: 2 ** 26 }).catch(
      () => undefined,
    )
    return summaryOf(JSON.parse(readFileSync(report, 'utf8')))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

function summaryOf({ numPassedTests, testResults }: Report): { readonly passed: number; readonly failed: unknown } {
  const failed = testResults
    .filter(({ status }) => status !== 'passed')
    .map(({ name, message, assertionResults }) => ({
      name,
      message,
      tests: assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join()}`),
    }))
  return { passed: numPassedTests, failed }
}

describe.each([22, 24, NEWEST])('Node %d', (version) => {
  it('is what its package says', async () => {
    const { stdout } = await run(path(`../node_modules/node${version}/bin/node`), ['--version'])
    expect(stdout).toMatch(new RegExp(`^v${version}\\.`))
  })

  it.each(version === NEWEST ? Object.keys(SUITES) : ON_EACH)('%s', { timeout: 600_000 }, async (suite) => {
    const { passed, failed } = await testsOn(version, suite)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(500)
  })
})
