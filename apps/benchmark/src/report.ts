import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Settings } from './arguments.js'
import type { Measured, Part } from './parts/part.js'
import { wallName } from './rounds.js'
import type { Round } from './rounds.js'
import { summarise } from './statistics.js'
import type { Summary } from './statistics.js'
import type { Verdict } from './verdict.js'

/** What is reported of one part. */
export interface Result extends Measured {
  readonly part: Part
  readonly verdicts: readonly Verdict[]
  readonly elapsedMs: number
}

/** What the figures were measured on. */
export function machine(): string {
  const [cpu] = cpus()
  const load = loadavg().map((value) => value.toFixed(2))
  return `Node ${process.version}, ${cpus().length} × ${cpu?.model ?? 'unknown processor'}, load ${load.join(' ')}`
}

export function paceNote(pace: number): string {
  if (pace === 1) return 'Targets in µs and ms hold as they are.'
  return `A signature takes ${figure(pace)} times as long here as where the targets in µs and ms were set: so may they.`
}

/** All that a part measured: the cost of each candidate, and as a multiple of the base. */
export function partTable(result: Result | undefined): string {
  if (result === undefined) return ''
  const { part, rounds, notes, elapsedMs } = result
  const names = measuredNames(rounds)
  const timed = names.some((name) => rounds[0]?.[wallName(name)] !== undefined)
  const base = part.base === undefined ? [] : [`× ${part.base.replace('limit: ', '')}`]
  const header = timed ? ['', 'µs CPU', '± spread', 'µs elapsed', ...base] : ['', 'median', '± spread']
  const rows = names.map((name) => row(name, rounds, timed, part.base))
  const title = `\n${part.title} (${Math.round(elapsedMs / 1000)} s)`
  return [title, table([header, ...rows]), ...notes.map((note) => `  ${note}.`)].join('\n')
}

function row(name: string, rounds: readonly Round[], timed: boolean, base: string | undefined): readonly string[] {
  const { median, spread } = summaryOf(name, rounds)
  const cells = [name, figure(median), figure(spread)]
  if (timed) cells.push(figure(summaryOf(wallName(name), rounds).median))
  if (base !== undefined) cells.push(figure(ratioTo(base, name, rounds).median))
  return cells
}

function measuredNames(rounds: readonly Round[]): readonly string[] {
  const names = Object.keys(rounds[0] ?? {})
  const walls = new Set(names.map(wallName))
  return names.filter((name) => !walls.has(name)).toSorted((a, b) => group(a) - group(b))
}

/** The limits first, then ours, then the others as they come. */
function group(name: string): number {
  if (name.includes('limit')) return 0
  return name.includes('ours') ? 1 : 2
}

function summaryOf(name: string, rounds: readonly Round[]): Summary {
  return summarise(rounds.map((round) => round[name] ?? Number.NaN))
}

function ratioTo(base: string, name: string, rounds: readonly Round[]): Summary {
  return summarise(rounds.map((round) => (round[name] ?? Number.NaN) / (round[base] ?? Number.NaN)))
}

/** Every target, what was seen, and what became of it. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['Targets', '', 'target', 'seen', '± spread', '']
  const rows = verdicts.map(({ target, atMost, median, spread, outcome }) => [
    target.part,
    target.name,
    `≤ ${figure(atMost)} ${target.unit}`,
    figure(median),
    figure(spread),
    outcome,
  ])
  return `\n${table([header, ...rows])}`
}

function figure(value: number): string {
  if (Number.isInteger(value)) return String(value)
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

/** Figures to the right. */
function pad(cell: string, width: number): string {
  return /^[≤\d-]/.test(cell) ? cell.padStart(width) : cell.padEnd(width)
}

/** @returns the path of the file */
export async function writeJson(results: readonly Result[], { json, quick, plan }: Settings): Promise<string> {
  const standard = new URL(`../reports/benchmark-node-${process.version}.json`, import.meta.url)
  const path = json ?? fileURLToPath(standard)
  const report = {
    machine: machine(),
    date: new Date().toISOString(),
    node: process.version,
    quick,
    plan,
    targets: results.flatMap(({ verdicts }) => verdicts.map(plainVerdict)),
    parts: results.map(({ part, rounds, notes }) => ({
      name: part.name,
      title: part.title,
      notes,
      medians: Object.fromEntries(Object.keys(rounds[0] ?? {}).map((name) => [name, summaryOf(name, rounds)])),
      rounds,
    })),
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`)
  return path
}

function plainVerdict({ target, ...verdict }: Verdict): Record<string, unknown> {
  const { part, name, unit, atMost: setAt } = target
  return { part, name, unit, setAt, ...verdict }
}
