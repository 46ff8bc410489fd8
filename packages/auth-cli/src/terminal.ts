import { styleText } from 'node:util'

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  /** The answer, and nothing else. */
  readonly stdout: NodeJS.WritableStream
  /** What is said about the answer. */
  readonly stderr: NodeJS.WritableStream
  readonly environment: NodeJS.ProcessEnv
  /** Ends commands that run until they are stopped. */
  readonly signal?: AbortSignal
}

/** What a command found. */
export interface Answer {
  /** Whether something is to be mended: exit code 1. */
  readonly found: boolean
  /** For `--json`. */
  readonly value: object
  /** For people. */
  readonly text: string
}

/** The command was called wrongly, or a setting is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim'

/** Colours text, on a terminal only: `NO_COLOR` and `FORCE_COLOR` are heard. */
export function colour(format: Colour, text: string, { stdout }: Pick<Terminal, 'stdout'>): string {
  return styleText(format, text, { stream: stdout })
}

/** Lines of two columns. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join('\n')
}

/** What others sent, fit for a terminal: no control character moves the cursor or changes colours. */
export function printable(text: string, length = 500): string {
  const visible = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return visible.length > length ? `${visible.slice(0, length)}…` : visible
}

/** JSON in one line, fit for a terminal. */
export function inline(value: unknown): string {
  return printable(JSON.stringify(value) ?? 'undefined')
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** JSON, fit for a terminal as well: what JSON leaves as it is may be a control character all the same. */
export function json(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    escaped,
  )
}
