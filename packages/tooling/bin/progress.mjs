// Tells of each package how its tests ended, as soon as its report is there.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const PAUSE = 500 // milliseconds

/** @returns a function that ends it, with a line for what is left */
export function showProgress(root, folders, reportName) {
  const started = Date.now()
  const told = new Set()
  const tell = () => {
    for (const folder of folders) {
      const file = join(root, folder, reportName)
      if (told.has(folder) || writtenAt(file) < started) continue
      const line = lineOf(folder, file)
      if (line === undefined) continue
      told.add(folder)
      process.stdout.write(`${line}\n`)
    }
  }
  const timer = setInterval(tell, PAUSE)
  return () => {
    clearInterval(timer)
    tell()
    const rest = folders.filter((folder) => !told.has(folder))
    if (rest.length > 0) process.stdout.write(`unchanged since they passed, or not run: ${rest.join(', ')}\n`)
  }
}

function writtenAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Undefined while the report is being written. */
function lineOf(folder, file) {
  try {
    const { numPassedTests, numFailedTests, startTime, testResults } = JSON.parse(readFileSync(file, 'utf8'))
    const seconds = (Math.max(startTime, ...testResults.map(({ endTime }) => endTime)) - startTime) / 1000
    const failed = numFailedTests === 0 ? '' : `, ${numFailedTests} failed`
    return `${folder.padEnd(26)} ${numPassedTests} passed${failed} in ${seconds.toFixed(0)} s`
  } catch {
    return undefined
  }
}
