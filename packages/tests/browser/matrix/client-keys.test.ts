import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openProfile } from './support/browser.js'
import { open, Servers, thumbprint } from './support/client-page.js'

const servers = new Servers()
let origin: string
let other: string
let folder: string
let context: BrowserContext

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'))
  origin = await servers.servePage()
  other = await servers.servePage()
  context = await openProfile(folder)
})

afterAll(async () => {
  await context.close()
  servers.close()
  await rm(folder, { recursive: true })
})

describe('the key of an origin, in Chromium', () => {
  it('is one, of four tabs that start at once', async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => open(context, origin)))
    const seen = await Promise.all(pages.map(thumbprint))
    expect(new Set(seen).size).toBe(1)
  })

  it('is the same after a reload, and after the browser was closed', async () => {
    const page = await open(context, origin)
    const before = await thumbprint(page)
    await page.reload()
    await page.waitForFunction(() => document.title === 'ready')
    expect(await thumbprint(page)).toBe(before)
    await context.close()
    context = await openProfile(folder)
    expect(await thumbprint(await open(context, origin))).toBe(before)
  })

  it('signs, and cannot be read out', async () => {
    const page = await open(context, origin)
    const seen = await page.evaluate(async () => {
      const keyPair = await window.storedDpopKeyPair()
      const proof = await window.createDpopProof({ keyPair, method: 'GET', url: 'https://api.example.com/x' })
      const key = keyPair.privateKey as CryptoKey // WebCrypto made it
      const exported = await crypto.subtle.exportKey('jwk', key).then(
        () => 'exported',
        (error: Error) => error.name,
      )
      return { proof, exported, extractable: key.extractable }
    })
    expect(seen).toEqual({
      proof: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      exported: 'InvalidAccessError',
      extractable: false,
    })
  })

  it('is another one at another origin', async () => {
    expect(await thumbprint(await open(context, other))).not.toBe(await thumbprint(await open(context, origin)))
  })

  it('is none, in time, while another tab keeps the database from being deleted', async () => {
    const [holder, eraser, page] = [await open(context, other), await open(context, other), await open(context, other)]
    await holder.evaluate(
      () =>
        new Promise((resolve) => {
          // It does not listen to `versionchange`, as is usual.
          indexedDB.open('acme-auth-client').onsuccess = resolve
        }),
    )
    await eraser.evaluate(
      () =>
        new Promise((resolve) => {
          indexedDB.deleteDatabase('acme-auth-client').onblocked = resolve
        }),
    )
    const reason = page.evaluate(() =>
      window.storedDpopKeyPair({ timeout: 0.3 }).then(
        () => 'a key',
        (error: { reason: string }) => error.reason,
      ),
    )
    expect(await reason).toBe('key_unavailable')
    await holder.close()
    expect(await thumbprint(page)).toMatch(/^[\w-]{43}$/)
  })

  it('is none where there is no origin, unless one in memory will do', async () => {
    const page = await open(context, `${origin}/sandbox`)
    const seen = await page.evaluate(async () => {
      const refused: unknown = await window.storedDpopKeyPair().catch((error: { reason: string }) => error.reason)
      const options = { whenUnavailable: 'memory' } as const
      const [a, b] = await Promise.all([window.storedDpopKeyPair(options), window.storedDpopKeyPair(options)])
      return [refused, a === b, a.privateKey.extractable]
    })
    expect(seen).toEqual(['key_unavailable', true, false])
  })
})
