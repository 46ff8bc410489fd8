import { parseArgs } from 'node:util'

import { PROGRAMS } from './programs.js'
import type { Program } from './programs.js'

/** What a run was asked to do. */
export interface Settings {
  /** How long the load lasts. */
  readonly seconds: number
  readonly programs: readonly Program[]
  /** Requests in flight; those of a proof that is sent several times at once count as one. */
  readonly concurrency: number
}

export const USAGE: string = `Usage: npm run soak [-- --minutes 10] [--servers ${names(PROGRAMS)}] [--concurrency 32]

  REDIS_URL, when it is set, is handed to the servers.`

/** @throws {TypeError} for arguments that are not understood */
export function readArguments(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      servers: { type: 'string', default: names(PROGRAMS) },
      concurrency: { type: 'string', default: '32' },
    },
  })
  return {
    seconds: positive('--minutes', values.minutes) * 60,
    programs: programsOf(values.servers),
    concurrency: Math.ceil(positive('--concurrency', values.concurrency)),
  }
}

function programsOf(given: string): readonly Program[] {
  return given.split(',').map((name) => {
    const program = PROGRAMS.find((each) => each.name === name.trim())
    if (program === undefined) throw new TypeError(`--servers: no ${name}; there are ${names(PROGRAMS)}`)
    return program
  })
}

function positive(name: string, given: string): number {
  if (/^\d+(\.\d+)?$/.test(given) && Number(given) > 0) return Number(given)
  throw new TypeError(`${name}: got ${given}, want a number above 0`)
}

function names(programs: readonly Program[]): string {
  return programs.map(({ name }) => name).join(',')
}
