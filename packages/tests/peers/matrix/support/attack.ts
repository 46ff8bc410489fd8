import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type { AttackReport } from '@acme/auth-conformance'

const manifest = createRequire(import.meta.url).resolve('@acme/auth-cli/package.json')
const program = join(dirname(manifest), 'bin/acme-auth.js')

/** Runs `acme-auth attack`, as a program of its own. */
export function attack(
  url: string,
  issuerPort: number,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly report: AttackReport }> {
  const all = ['attack', url, '--json', '--rate', '1000', '--issuer-port', String(issuerPort), ...args]
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [program, ...all], { maxBuffer: 10_000_000 }, (_, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr))
      else resolve({ code: child.exitCode, report: JSON.parse(stdout) as AttackReport }) // of that program
    })
  })
}

/** Of each case with that outcome: the clauses that are not kept, how that shows if not by being accepted, and its name. */
export function faultsOf({ results }: AttackReport, outcome: AttackReport['results'][number]['outcome']): string[] {
  return results
    .filter((one) => one.outcome === outcome)
    .map(({ area, name, problems }) => {
      const clauses = problems.map(({ clause, kind }) => (kind === 'accepted' ? clause : `${clause}, ${kind}`))
      return `${clauses.join('; ')}: ${area}: ${name}`
    })
}
