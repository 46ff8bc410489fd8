import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const execute = promisify(execFile)
// The heap of the child: far less than these requests took before they were bounded in bytes.
const FLAGS = ['--expose-gc', '--max-old-space-size=256']
const timeout = 300_000

/** What a script of this folder measured, in a process of its own, on the built package. */
async function measure(script: string, ...args: number[]): Promise<Record<string, number>> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await execute(process.execPath, [...FLAGS, file, ...args.map(String)], { timeout })
  return JSON.parse(stdout) as Record<string, number> // what the script prints
}

// Each input is the largest that is accepted: memory must not depend on how often it comes.
describe('memory is bounded in bytes', () => {
  it('of a client that varies the headers of its proofs, and of many keys', { timeout }, async () => {
    const { perRequest, perKey } = await measure('proof-keys.mjs', 2000, 1000)
    // 62 KB when each header was kept.
    expect(perRequest).toBeLessThan(1000)
    expect(perKey).toBeLessThan(4500)
  })

  it('of tokens of 16 KiB, in any shape of JSON', { timeout }, async () => {
    const { growth } = await measure('tokens.mjs', 1200)
    // A thousand tokens at 8 KiB on average, twice. 100 MB when they were counted only.
    expect(growth).toBeLessThan(2 * 1000 * 8 * 1024 + 4_000_000)
  })

  it('of issuers that a function knows by a pattern, each with a remembered token', { timeout }, async () => {
    const { perIssuer } = await measure('issuers.mjs', 300)
    // 125 KB when a remembered token kept its issuer's keys. One key and the claims are what it needs.
    expect(perIssuer).toBeLessThan(10_000)
  })

  it('of a flood of refusals with tokens of 16 KiB, each with a trace', { timeout }, async () => {
    const { kept, growth, traces } = await measure('traces.mjs', 100_000)
    expect(traces).toBe(500)
    // 500 of 8 KiB on average, of two bytes each.
    expect(kept).toBeLessThan(2 * 500 * 8 * 1024 + 1_000_000)
    expect(growth).toBeLessThan(1_000_000)
  })
})
