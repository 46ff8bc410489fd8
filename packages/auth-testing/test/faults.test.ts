import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createTestIssuer, startTestIssuer, type ListeningTestIssuer, type TestIssuer } from '../src/index.js'

let listening: ListeningTestIssuer
beforeEach(async () => {
  listening = await startTestIssuer({ algorithm: 'ES256' })
})
afterEach(() => listening.close())

// The same faults over a real socket and in process: a client must not be able to tell which.
describe.each(['socket', 'in process'])('faults, %s', (how) => {
  let issuer: TestIssuer
  let fetch: typeof globalThis.fetch
  beforeEach(async () => {
    issuer = how === 'socket' ? listening : await createTestIssuer({ algorithm: 'ES256' })
    fetch = how === 'socket' ? globalThis.fetch : issuer.fetch
  })
  const metadataUrl = (): string => new URL('/.well-known/openid-configuration', issuer.issuer).href

  it('status, headers and body', async () => {
    issuer.fail('keys', { status: 503, headers: { 'Retry-After': '7' }, body: 'busy' })
    const response = await fetch(issuer.jwksUri)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
    expect(await response.text()).toBe('busy')
  })

  it('status alone', async () => {
    issuer.fail('keys', { status: 404 })
    const response = await fetch(issuer.jwksUri)
    expect([response.status, await response.text()]).toEqual([404, ''])
  })

  it('delay, then a good answer', async () => {
    issuer.fail('keys', { delay: 40 })
    const start = performance.now()
    const response = await fetch(issuer.jwksUri)
    expect(await response.json()).toEqual({ keys: [issuer.signingKey.publicJwk] })
    expect(performance.now() - start).toBeGreaterThan(35)
  })

  it('delay, until the client gives up', async () => {
    issuer.fail('keys', { delay: 3_600_000 })
    const given = fetch(issuer.jwksUri, { signal: AbortSignal.timeout(50) })
    await expect(given).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  })

  it('stall: headers at once, the end never', async () => {
    issuer.fail('keys', 'stall')
    const controller = new AbortController()
    const response = await fetch(issuer.jwksUri, { signal: controller.signal })
    expect(response.status).toBe(200)
    const body = response.text()
    const early = await Promise.race([body.then(() => 'ended'), pause(50).then(() => 'stalled')])
    expect(early).toBe('stalled')
    controller.abort()
    await expect(body).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  it('trickle: white space now and then, the end never', async () => {
    issuer.fail('keys', 'trickle')
    const controller = new AbortController()
    const response = await fetch(issuer.jwksUri, { signal: controller.signal })
    const reader = response.body?.getReader()
    for (let read = 0; read < 3; read++) {
      expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(/^ +$/)
    }
    controller.abort()
    await expect(reader?.read()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  it('reset', async () => {
    issuer.fail('keys', 'reset')
    await expect(fetch(issuer.jwksUri)).rejects.toSatisfy(
      (error) => error instanceof TypeError && error.message === 'fetch failed' && isReset(error.cause),
    )
  })

  it('redirect loop', async () => {
    issuer.fail('keys', 'redirect-loop')
    const response = await fetch(issuer.jwksUri, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, issuer.jwksUri])
    issuer.resetCounts()
    await expect(fetch(issuer.jwksUri)).rejects.toThrow(new TypeError('fetch failed'))
    expect(issuer.count('keys')).toBe(21)
  })

  it('HTML', async () => {
    issuer.fail('metadata', { body: '<html>', contentType: 'text/html' })
    const response = await fetch(metadataUrl())
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toBe('<html>')
  })

  it("someone else's metadata", async () => {
    issuer.fail('metadata', { body: '{"issuer":"https://evil.test/"}' })
    const response = await fetch(metadataUrl())
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ issuer: 'https://evil.test/' })
  })

  it('10 MB', async () => {
    issuer.fail('keys', { body: new Uint8Array(10_000_000) })
    const body = await (await fetch(issuer.jwksUri)).arrayBuffer()
    expect(body.byteLength).toBe(10_000_000)
  })

  it('bytes with a status and headers', async () => {
    issuer.fail('keys', { status: 418, headers: { 'x-tea': 'pot' }, body: Uint8Array.of(0, 255) })
    const response = await fetch(issuer.jwksUri)
    expect([response.status, response.headers.get('x-tea')]).toEqual([418, 'pot'])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 255))
  })

  it('strike one path, before those of its document', async () => {
    const other = new URL('/.well-known/oauth-authorization-server', issuer.issuer)
    issuer.fail('/.well-known/openid-configuration', { status: 404 })
    expect([(await fetch(metadataUrl())).status, (await fetch(other)).status]).toEqual([404, 200])
    issuer.fail('metadata', { status: 500 })
    expect([(await fetch(metadataUrl())).status, (await fetch(other)).status]).toEqual([404, 500])
    expect(issuer.count('metadata')).toBe(4)
    issuer.fail('all', undefined)
    expect([(await fetch(metadataUrl())).status, (await fetch(other)).status]).toEqual([200, 200])
  })

  it('strike the document they are for, and end', async () => {
    issuer.fail('metadata', { status: 500 })
    expect([(await fetch(metadataUrl())).status, (await fetch(issuer.jwksUri)).status]).toEqual([500, 200])
    issuer.fail('all', { status: 502 })
    expect([(await fetch(metadataUrl())).status, (await fetch(issuer.jwksUri)).status]).toEqual([502, 502])
    issuer.fail('keys', undefined)
    expect([(await fetch(metadataUrl())).status, (await fetch(issuer.jwksUri)).status]).toEqual([502, 200])
    issuer.fail('all', undefined)
    expect((await fetch(metadataUrl())).status).toBe(200)
  })
})

// undici reports a reset as ECONNRESET, or as UND_ERR_SOCKET when it saw the socket close first.
function isReset(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && /ECONNRESET|UND_ERR_SOCKET/.test(String(cause.code))
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
