import { differences } from './expectation.js'
import type { Expectation } from './expectation.js'
import type { Answer } from './http.js'
import type { Row } from './row.js'
import type { Deployment } from './deployments.js'
import type { ProxiedServer } from './servers.js'
import type { Wallet } from './tokens.js'

/** What one server answered to one row. */
export interface Cell {
  readonly row: Row
  /** The column. */
  readonly server: string
  /** The name of the server in its deployment. */
  readonly process: string
  /** Undefined when there was no answer. */
  readonly answer: Answer | undefined
  /** Empty when the answer is as expected. */
  readonly differences: readonly string[]
}

/** Sends every row to every server: row after row, the servers of a row together. */
export async function runMatrix(
  rows: readonly Row[],
  deployments: Readonly<Record<Deployment, readonly ProxiedServer[]>>,
  wallet: Wallet,
  { signal, progress }: { readonly signal?: AbortSignal; readonly progress?: (done: number) => void } = {},
): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const [index, row] of rows.entries()) {
    signal?.throwIfAborted()
    progress?.(index)
    await row.before?.(wallet)
    const columns = deployments.usual.map(({ name }) => name)
    const servers = deployments[row.on ?? 'usual']
    try {
      cells.push(...(await Promise.all(servers.map((server, at) => runCell(row, server, columns[at] ?? '', wallet)))))
    } finally {
      await row.after?.(wallet)
    }
  }
  return cells
}

async function runCell(row: Row, server: ProxiedServer, column: string, wallet: Wallet): Promise<Cell> {
  const cell = { row, server: column, process: server.name }
  const [method = '', path = ''] = row.request.split(' ')
  try {
    const publicUrl = new URL(server.publicUrl + path)
    const answer = await row.send({ method, url: new URL(path, server.origin), publicUrl, wallet })
    return { ...cell, answer, differences: differences(row.expected, answer) }
  } catch (error) {
    return { ...cell, answer: undefined, differences: [`no answer: ${reason(error)}`] }
  }
}

// `fetch failed` says nothing; its cause does.
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reason(error.cause)}`
}

export function differing(cells: readonly Cell[]): Cell[] {
  return cells.filter((cell) => !isAsExpected(cell))
}

/** The table: a line for each row, a column for each server. */
export function formatMatrix(cells: readonly Cell[]): string {
  const servers = serversOf(cells)
  const lines = rowsOf(cells).map((row) => [
    row.request,
    row.title,
    formatExpectation(row.expected),
    ...cells.filter((cell) => cell.row === row).map(formatCell),
  ])
  return alignColumns([['request', 'sent with it', 'expected', ...servers], ...lines])
}

/** The same for a terminal of 100 columns: the telling rows, and those that differ, with a letter for each server. */
export function formatShortMatrix(cells: readonly Cell[], isTelling: (row: Row) => boolean): string {
  const servers = serversOf(cells)
  const rows = rowsOf(cells)
  const shown = rows.filter((row) => isTelling(row) || cells.some((cell) => cell.row === row && !isAsExpected(cell)))
  const lines = shown.map((row) => [
    row.request,
    row.title,
    formatExpectation(row.expected),
    ...cells.filter((cell) => cell.row === row).map((cell) => (isAsExpected(cell) ? '✓' : '✗')),
  ])
  const letters = servers.map((_, index) => String.fromCharCode('a'.charCodeAt(0) + index))
  const legend = servers.map((name, index) => `${letters[index]} ${name}`).join('   ')
  const table = alignColumns([['request', 'sent with it', 'expected', ...letters], ...lines])
  return `${table}\n\n${legend}\n${rows.length - shown.length} more rows are as expected: --all shows them`
}

function serversOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.map((cell) => cell.server))]
}

function rowsOf(cells: readonly Cell[]): Row[] {
  return [...new Set(cells.map((cell) => cell.row))]
}

function isAsExpected({ differences: points }: Cell): boolean {
  return points.length === 0
}

/** For each cell that differs: what was expected, what was seen. */
export function formatDifferences(cells: readonly Cell[]): string {
  return differing(cells)
    .map(({ row, server, answer, differences: points }) =>
      [
        `${server}: ${row.request} (${row.title})`,
        ...points.map((point) => `  ${point}`),
        ...(answer === undefined ? [] : [`  seen: ${formatAnswer(answer)}`]),
      ].join('\n'),
    )
    .join('\n\n')
}

function formatExpectation({ status, error, challenge, body }: Expectation): string {
  return `${status} ${challenge === 'bare' ? 'bare challenge' : (body?.['event'] ?? error ?? '')}`.trim()
}

function formatCell({ answer, differences: points }: Cell): string {
  if (points.length === 0) return '✓'
  return `✗ ${answer?.status ?? 'no answer'}`
}

function formatAnswer({ status, wwwAuthenticate = 'none', body }: Answer): string {
  return `${status} ${JSON.stringify(body)}\n  www-authenticate: ${wwwAuthenticate}`
}

function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const rule = widths.map((width) => '─'.repeat(width))
  const [head = [], ...rest] = lines
  return [head, rule, ...rest]
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
