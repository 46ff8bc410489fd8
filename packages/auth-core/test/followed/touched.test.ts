import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

interface Touched {
  readonly files: number
  readonly functions: number
}

// How far somebody has to follow a request through the code. May shrink, and not grow.
it('a request runs no more files and functions than it did', { timeout: 60_000 }, () => {
  const script = fileURLToPath(new URL('touched.mjs', import.meta.url))
  const touched = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Readonly<
    Record<string, Touched>
  > // what the script prints
  const most: Readonly<Record<string, Touched>> = {
    'remembered Bearer': { files: 22, functions: 41 },
    'new Bearer': { files: 29, functions: 76 },
    DPoP: { files: 38, functions: 103 },
  }
  for (const [kind, { files, functions }] of Object.entries(touched)) {
    expect(
      [kind, files <= (most[kind]?.files ?? 0), functions <= (most[kind]?.functions ?? 0)],
      JSON.stringify({ files, functions }),
    ).toEqual([kind, true, true])
  }
  expect(Object.keys(touched)).toEqual(Object.keys(most))
})
