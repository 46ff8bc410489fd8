import { afterEach, describe, expect, test } from 'vitest'
import { createServerGroup } from '@acme/sample-api/programs'
import type { Program } from '@acme/sample-api/programs'
import { isListening } from './process.js'

const ready: Program = { name: 'ready', script: new URL('programs/ready.mjs', import.meta.url) }
const broken: Program = { name: 'broken', script: new URL('programs/broken.mjs', import.meta.url) }

const group = createServerGroup()

afterEach(() => group.stop())

describe('a server group', () => {
  test('starts a program on a free port, with its own and the shared environment', async () => {
    const shared = await group.start(ready, { SAYS: 'shared' })
    const own = await group.start({ ...ready, environment: { SAYS: 'own' } }, { SAYS: 'shared' })
    expect(own.origin).not.toBe(shared.origin)
    expect(await (await fetch(shared.origin)).text()).toBe('shared')
    expect(await (await fetch(own.origin)).text()).toBe('own')
  })

  test('does not pass on the rest of the environment', async () => {
    process.env['SAYS'] = 'from the shell'
    try {
      const { origin } = await group.start(ready)
      expect(await (await fetch(origin)).text()).toBe('')
    } finally {
      delete process.env['SAYS']
    }
  })

  test('fails with the output of a program that ends before it is ready', async () => {
    await expect(group.start(broken)).rejects.toThrow(
      /^broken ended before it was ready\n[^]*AUTH0_AUDIENCE is not set/,
    )
    expect(group.outputOf('broken')).toContain('about to fail')
  })

  test('fails when there is no such program', async () => {
    await expect(group.start({ name: 'absent', script: new URL('absent.mjs', import.meta.url) })).rejects.toThrow(
      /^absent ended before/,
    )
  })

  test('tells which child ended', async () => {
    const own = createServerGroup()
    await own.start(ready)
    await expect(own.start(broken)).rejects.toThrow()
    expect(await own.firstEnd()).toBe('broken')
    await own.stop()
  })

  test('stops all, and names those that did not end with 0', async () => {
    const own = createServerGroup()
    const good = await own.start(ready)
    const bad = await own.start({ ...ready, name: 'bad' }, { ENDS_WITH: '3' })
    expect(await own.stop()).toEqual(['bad'])
    expect(await isListening(good.origin)).toBe(false)
    expect(await isListening(bad.origin)).toBe(false)
  })
})
