import type { AuthError } from '@acme/auth-core'

import { columns, printable } from './terminal.js'

/** A refusal, as the client gets it and as the operator is told. */
export interface RefusedView {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: object
  readonly reason: string
  /** What exactly was wrong, and which setting to look at: by core. */
  readonly detail: string | undefined
}

export function viewOf(error: AuthError): RefusedView {
  const { status, headers, reason, detail } = error
  return { status, headers, body: error.toJSON(), reason, detail }
}

/** The answer of the API, and the detail, which no client sees. */
export function refusedText({ status, headers, body, reason, detail }: RefusedView): string {
  const { error_description: description, code } = body as { error_description?: string; code?: string } // of core's own
  return [
    `HTTP ${status}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    JSON.stringify(body),
    '',
    columns([
      ['reason', `${reason} (${code}): ${description}`],
      ['detail', printable(detail ?? 'nothing more to say', 1000)],
    ]),
  ].join('\n')
}
