import { readFileSync } from 'node:fs'

import type { Answer } from './libraries.js'

/** What makes a request pass that was refused. */
export type Recovery = 'by itself' | 'when called again' | 'by a nonce passed on' | 'by a setting' | 'no'

/** How often one has to ask, and what one has to do, until a request passes. */
export async function recovery(ask: (nonce?: string) => Promise<Answer>): Promise<Recovery> {
  const failed = { status: 0 }
  const first = await ask().catch((): Answer => failed)
  if (first.status === 200) return 'by itself'
  const second = await ask().catch((): Answer => failed)
  if (second.status === 200) return 'when called again'
  const third = await ask(second.nonce).catch((): Answer => failed)
  return third.status === 200 ? 'by a nonce passed on' : 'no'
}

/** The table of the README, by library. */
export function documented(): Record<string, readonly string[]> {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  return Object.fromEntries(
    rows.map((row) => {
      const [name = '', ...cells] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
      return [name.replaceAll('`', ''), cells]
    }),
  )
}
