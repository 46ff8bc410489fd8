import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { ToMend } from '../src/mend.js'
import { CHAPTERS } from './mistakes/chapters.js'
import { guideOf } from './mistakes/guide.js'
import { World } from './mistakes/world.js'

const guide = fileURLToPath(new URL('../guides/mistakes.md', import.meta.url))
const said = new Map<string, ToMend>()
let world: World

beforeAll(async () => {
  world = await World.begin()
})
afterEach(() => world.mended())
afterAll(() => world.end())

describe.each(CHAPTERS)('$title', ({ mistakes }) => {
  it.each(mistakes)('$name: $command', async ({ name, says, fix, made }) => {
    const primary = await made(world)
    expect(primary?.says).toMatch(says)
    expect(primary?.fix).toContain(fix)
    if (primary !== null) said.set(name, primary)
  })
})

describe('the table', () => {
  const mistakes = CHAPTERS.flatMap((chapter) => chapter.mistakes)

  it('has fifty mistakes and more, each once, the twenty first', () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(50)
    expect(new Set(mistakes.map(({ name }) => name)).size).toBe(mistakes.length)
    expect(CHAPTERS[0]?.mistakes.map(({ name }) => name)).toEqual([
      'wrong audience',
      '`https://` in the domain',
      'missing slash',
      'untrusted proxy',
      'opaque token',
      'clock',
      'rotated key',
      'wrong realm',
      'missing scope',
      'permission for scope',
      'replayed proof',
      '`htu` of the inner URL',
      'RS256 proof',
      'CORS that hides the challenge',
      'Redis that evicts',
      'two replicas without a shared store',
      'nonce secret that differs',
      'guard after the route',
      'token of another tenant',
      'ID token',
    ])
  })

  it('is what the guide shows', async () => {
    const written = guideOf(CHAPTERS, said)
    if (process.env['UPDATE_SAMPLES'] === '1') await writeFile(guide, written)
    else expect(await readFile(guide, 'utf8')).toBe(written)
  })
})
