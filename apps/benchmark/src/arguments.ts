import { parseArgs } from 'node:util'

import type { Plan } from './rounds.js'

/** What a run was asked to do. */
export interface Settings {
  readonly plan: Plan
  readonly quick: boolean
  /** Parts to run; all when empty. */
  readonly only: readonly string[]
  /** Where the figures go, when not beside the others. */
  readonly json: string | undefined
  /** How often a part runs at most, as long as one of its targets is missed. */
  readonly attempts: number
}

export const USAGE = 'usage: node --expose-gc dist/main.js [--quick] [--only PART]... [--json FILE]'

/** The method: at least 11 rounds of 70 to 100 ms for each candidate. */
const FULL: Plan = { rounds: 11, sampleMs: 80 }
const QUICK: Plan = { rounds: 3, sampleMs: 20 }

/** @throws {TypeError} for arguments that are not understood */
export function readArguments(args: readonly string[], parts: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  })
  const { quick, only, json } = values
  const unknown = only.find((part) => !parts.includes(part))
  if (unknown !== undefined) throw new TypeError(`no part ${unknown}; there are ${parts.join(', ')}`)
  return { plan: quick ? QUICK : FULL, quick, only, json, attempts: quick ? 1 : 3 }
}
