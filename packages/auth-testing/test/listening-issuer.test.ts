import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startTestIssuer, type ListeningTestIssuer } from '../src/index.js'

let issuer: ListeningTestIssuer
beforeEach(async () => {
  issuer = await startTestIssuer({ algorithm: 'ES256', cacheControl: 'max-age=9' })
})
afterEach(() => issuer.close())

describe('startTestIssuer', () => {
  it('is found from its identifier, and its keys verify its tokens', async () => {
    expect(issuer.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const response = await fetch(`${issuer.issuer}.well-known/openid-configuration`)
    expect(response.headers.get('cache-control')).toBe('max-age=9')
    expect(await response.json()).toMatchObject({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri })
    const keys = createRemoteJWKSet(new URL(issuer.jwksUri))
    const options = { issuer: issuer.issuer, audience: issuer.audience }
    await expect(jwtVerify(await issuer.accessToken(), keys, options)).resolves.toBeDefined()
  })

  it('counts requests from sockets and from its own fetch together', async () => {
    await fetch(issuer.jwksUri)
    await issuer.fetch(issuer.jwksUri)
    expect([issuer.count('keys'), issuer.count('metadata')]).toEqual([2, 0])
    issuer.resetCounts()
    expect(issuer.requests).toEqual([])
  })

  it('publishes rotated keys', async () => {
    const key = await issuer.rotateKey({ keepPrevious: false })
    expect(issuer.signingKey).toBe(key)
    expect(await (await fetch(issuer.jwksUri)).json()).toEqual({ keys: [key.publicJwk] })
  })

  it('answers 404 and 405', async () => {
    expect((await fetch(`${issuer.issuer}elsewhere`)).status).toBe(404)
    expect((await fetch(issuer.jwksUri, { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it('takes the port it is given, and fails on one that is taken', async () => {
    const port = Number(new URL(issuer.issuer).port)
    await expect(startTestIssuer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await issuer.close()
    const next = await startTestIssuer({ port, algorithm: 'ES256' })
    expect(next.issuer).toBe(issuer.issuer)
    await next.close()
  })

  it('resets the connection, not only ends it', async () => {
    issuer.fail('keys', 'reset')
    const socket = await open()
    socket.write(request('/.well-known/jwks.json'))
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('survives a target that is no path', async () => {
    const socket = await open()
    socket.on('error', () => {})
    socket.write(request('http://[broken'))
    await closed(socket)
    expect((await fetch(issuer.jwksUri)).status).toBe(200)
  })

  it('survives a client that leaves amid a large body', async () => {
    issuer.fail('keys', { body: new Uint8Array(10_000_000) })
    const controller = new AbortController()
    await fetch(issuer.jwksUri, { signal: controller.signal })
    controller.abort()
    issuer.fail('keys', undefined)
    expect((await fetch(issuer.jwksUri)).status).toBe(200)
  })
})

describe('close', () => {
  it.each(['stall', { delay: 3_600_000 }] as const)('ends a connection that waits: %j', async (fault) => {
    issuer.fail('keys', fault)
    const socket = await open()
    socket.on('error', () => {})
    socket.write(request('/.well-known/jwks.json'))
    await expect.poll(() => issuer.count('keys')).toBe(1)
    await Promise.all([issuer.close(), closed(socket)])
  })

  it('ends idle connections, and may be called again', async () => {
    await fetch(issuer.jwksUri).then((response) => response.text())
    const socket = await open()
    await Promise.all([issuer.close(), issuer.close(), closed(socket)])
    await expect(fetch(issuer.jwksUri)).rejects.toThrow(TypeError)
  })
})

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(issuer.issuer).port), '127.0.0.1')
  await once(socket, 'connect')
  return socket.resume()
}

// Not once(), which rejects when an error comes before the close.
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.on('close', () => resolve())))
}

function request(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`
}
