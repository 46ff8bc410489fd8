// Adds up the test reports of all packages.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Prints `N passed, N failed`, and answers with an exit code: 1 for a failure, a skipped test or a missing report.
 *
 * @param {readonly { script: string, report: string }[]} suites - scripts of packages, and where they leave their reports
 */
export function printCounts(root, suites) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const problems = []
  for (const { script, report: name } of suites) {
    for (const folder of packagesWith(root, script)) {
      const report = readReport(join(root, folder, name))
      if (report === undefined) {
        problems.push(`${folder}: no report of ${script}`)
        counts.failed += 1
        continue
      }
      addUp(counts, report)
      if (!report.success) problems.push(`${folder}: ${script} failed`)
    }
  }
  if (counts.skipped > 0) problems.push(`${counts.skipped} tests were skipped`)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  const failed = Math.max(counts.failed, problems.length > 0 ? 1 : 0)
  process.stdout.write(`${counts.passed} passed, ${failed} failed\n`)
  return failed === 0 ? 0 : 1
}

function addUp(counts, report) {
  // A file that does not load has no tests that could fail.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests + broken.length
  counts.skipped += report.numPendingTests + report.numTodoTests
}

/** Prints the coverage of the packages that measure it, a line each. */
export function printCoverage(root, folders) {
  for (const folder of folders) {
    const summary = readReport(join(root, folder, 'reports/coverage/coverage-summary.json'))
    if (summary === undefined) continue
    const { lines, branches, functions } = summary.total
    const shares = `lines ${lines.pct} %, branches ${branches.pct} %, functions ${functions.pct} %`
    process.stdout.write(`coverage of ${folder}: ${shares}\n`)
  }
}

/** The folders of the packages that have a script. */
export function packagesWith(root, script) {
  return ['packages', 'packages/tests', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .filter(
      (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.[script] !== undefined,
    )
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
