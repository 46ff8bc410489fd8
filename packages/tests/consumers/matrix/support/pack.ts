import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { TestProject } from 'vitest/node'

import { pnpm, root } from './run.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Outside of the repository, whose node_modules would help otherwise. */
    readonly folder: string
    /** What a manifest says of each of our packages. */
    readonly tarballs: Readonly<Record<string, string>>
  }
}

/** Packs once for all files; what they make in the folder goes with it. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'acme-consumers-'))
  const packed = join(folder, 'tarballs')
  await pnpm(root, '-r', '--filter', './packages/auth-*', 'pack', '--pack-destination', packed)
  const tarballs = readdirSync(packed).map((file) => [
    file.replace(/^acme-(.+)-\d+\.\d+\.\d+.*\.tgz$/, '@acme/$1'),
    `file:${join(packed, file)}`,
  ])
  provide('folder', folder)
  provide('tarballs', Object.fromEntries(tarballs))
  return () => rmSync(folder, { recursive: true })
}
