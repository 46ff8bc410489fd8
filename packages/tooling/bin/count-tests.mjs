// Adds up the test reports of all packages.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Prints `N passed, N failed`, and answers with an exit code: 1 for a failure, a skipped test or a missing report. */
export function printCounts(root) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const problems = []
  for (const folder of testedPackages(root)) {
    const report = readReport(join(root, folder, 'reports/vitest.json'))
    if (report === undefined) {
      problems.push(`${folder}: no test report`)
      counts.failed += 1
      continue
    }
    counts.passed += report.numPassedTests
    // A file that does not load has no tests that could fail.
    const brokenFiles = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    counts.failed += report.numFailedTests + brokenFiles.length
    counts.skipped += report.numPendingTests + report.numTodoTests
    if (!report.success) problems.push(`${folder}: tests failed`)
  }
  if (counts.skipped > 0) problems.push(`${counts.skipped} tests were skipped`)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  const failed = Math.max(counts.failed, problems.length > 0 ? 1 : 0)
  process.stdout.write(`${counts.passed} passed, ${failed} failed\n`)
  return failed === 0 ? 0 : 1
}

function testedPackages(root) {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .filter(
      (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.test !== undefined,
    )
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
