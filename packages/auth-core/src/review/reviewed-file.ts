import { readFileSync, writeFileSync } from 'node:fs'

/** How a reviewed file is used. */
export interface ReviewOptions {
  /**
   * Writes the file in place of comparing with it. Its changes are reviewed like those of code.
   * @defaultValue whether the variable `UPDATE_REVIEWED` is `1`; never where `CI` is set
   */
  readonly update?: boolean
}

/** Whether the reviewed file is to be written. Never in CI, where nobody reviews it. */
export function asksForUpdate({ update }: ReviewOptions): boolean {
  if (inCi()) return false
  return update ?? process.env['UPDATE_REVIEWED'] === '1'
}

function inCi(): boolean {
  const { CI = '' } = process.env
  return CI !== '' && CI !== 'false' && CI !== '0'
}

/**
 * The JSON of a reviewed file.
 * @throws {Error} when it is missing, or not JSON
 */
export function readReviewed(file: string | URL): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const where = inCi() ? 'UPDATE_REVIEWED=1, not in CI,' : 'UPDATE_REVIEWED=1'
    throw new Error(`${String(file)} cannot be read: run with ${where} to write it, review it, and commit it`, {
      cause,
    })
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new Error(`${String(file)} is not JSON`, { cause })
  }
}

/** Writes items with a line for each member, as formatters leave it. */
export function writeReviewed(file: string | URL, items: readonly object[]): void {
  writeFileSync(file, `${JSON.stringify(items, null, 2)}\n`)
}
