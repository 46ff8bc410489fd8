import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inflateSync } from 'node:zlib'

import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey, startTestIssuer, type TestIssuer } from '../../src/index.js'

const NOW = 1_800_000_000
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification'

async function verified(issuer: TestIssuer, jwt: string, typ: string): Promise<Record<string, unknown>> {
  const keys = (await (await issuer.fetch(issuer.jwksUri)).json()) as JSONWebKeySet // as the issuer publishes it
  return (await jwtVerify(jwt, createLocalJWKSet(keys), { typ })).payload
}

async function poll(
  issuer: TestIssuer,
  body: unknown,
): Promise<{ sets: Record<string, string>; moreAvailable: boolean }> {
  const answer = await issuer.fetch(issuer.urlOf('poll'), { method: 'POST', body: JSON.stringify(body) })
  return (await answer.json()) as { sets: Record<string, string>; moreAvailable: boolean } // RFC 8936 §2.3
}

describe('security events', () => {
  it('say that a session was revoked', async () => {
    const issuer = await createTestIssuer({ now: () => NOW })
    const claims = await verified(issuer, await issuer.securityEvent(), 'secevent+jwt')
    expect(claims).toEqual({
      iss: issuer.issuer,
      aud: issuer.audience,
      iat: NOW,
      jti: expect.any(String),
      sub_id: { format: 'iss_sub', iss: issuer.issuer, sub: 'user-1' },
      events: { [SESSION_REVOKED]: { event_timestamp: NOW } },
    })
  })

  it('say something else when they are to', async () => {
    const issuer = await createTestIssuer({ now: () => NOW })
    const subject = { format: 'opaque', id: 'x' }
    const event = { change_type: 'create', event_timestamp: undefined }
    const set = await issuer.securityEvent({ type: 'credential-change', event, subject, claims: { jti: undefined } })
    const type = 'https://schemas.openid.net/secevent/caep/event-type/credential-change'
    expect(decodeJwt(set)).toMatchObject({ sub_id: subject, events: { [type]: { change_type: 'create' } } })
    expect(decodeJwt(set)).not.toHaveProperty('jti')
    const key = await createTestKey('ES256')
    await expect(verified(issuer, await issuer.securityEvent({ key }), 'secevent+jwt')).rejects.toThrow('no applicable')
    const other = await issuer.securityEvent({ type: 'https://x.example.com/a', rawPayload: '{"a":1}' })
    expect(decodeJwt(other)).toEqual({ a: 1 })
    // as: a caller in JavaScript may misspell
    expect(() => issuer.securityEvent({ types: 'x' } as object)).toThrow('unknown option "types"')
  })

  it('wait for who polls, until they are acknowledged or refused', async () => {
    const issuer = await createTestIssuer()
    for (const jti of ['a', 'b', 'c']) issuer.queueEvent(await issuer.securityEvent({ claims: { jti } }))
    issuer.queueEvent('no event')
    const first = await poll(issuer, { maxEvents: 2 })
    expect([Object.keys(first.sets), first.moreAvailable]).toEqual([['a', 'b'], true])
    const setErrs = { b: { err: 'invalid_key', description: 'x' } }
    const second = await poll(issuer, { ack: ['a'], setErrs })
    expect([Object.keys(second.sets), second.moreAvailable]).toEqual([['c', 'event-1'], false])
    expect(issuer.answeredEvents).toEqual([
      { jti: 'a', error: undefined },
      { jti: 'b', error: 'invalid_key' },
    ])
  })

  it.each(['', '[]', 'x', 'null'])('are not for who asks by %j', async (body) => {
    const issuer = await createTestIssuer()
    for (const what of ['poll', 'verification'] as const) {
      expect((await issuer.fetch(issuer.urlOf(what), { method: 'POST', body })).status).toBe(400)
    }
  })

  it('are pushed, and sent to prove a stream', async () => {
    const received: string[] = []
    const server = createServer((req, res) => {
      void req.toArray().then((chunks: Buffer[]) => {
        const { 'content-type': type, authorization } = req.headers
        received.push(`${type} ${authorization} ${Buffer.concat(chunks).toString()}`)
        res.writeHead(202).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // a TCP server
    const url = `http://127.0.0.1:${port}/`
    const issuer = await startTestIssuer()
    const configuration: unknown = await (await fetch(issuer.urlOf('transmitter'))).json()
    expect(configuration).toMatchObject({ issuer: issuer.issuer, verification_endpoint: issuer.urlOf('verification') })

    expect((await issuer.pushEvent(url, 'event-1', { authorization: 'x' })).status).toBe(202)
    issuer.deliverTo(url, { authorization: 'y' })
    const body = JSON.stringify({ stream_id: 's', state: 'state-1' })
    expect((await fetch(issuer.urlOf('verification'), { method: 'POST', body })).status).toBe(204)
    issuer.deliverTo(undefined)
    await fetch(issuer.urlOf('verification'), { method: 'POST', body })

    const [event, verification = ''] = received
    expect(event).toBe('application/secevent+jwt x event-1')
    const expected = { sub_id: { format: 'opaque', id: 's' }, events: { [VERIFICATION]: { state: 'state-1' } } }
    expect(verification).toMatch(/^application\/secevent\+jwt y /)
    expect(decodeJwt(verification.split(' ')[2] ?? '')).toMatchObject(expected)
    const [polled = ''] = Object.values((await poll(issuer, {})).sets)
    expect(decodeJwt(polled)).toMatchObject(expected)
    server.closeAllConnections()
    server.close()
    await issuer.close()
  })
})

describe('status lists', () => {
  it.each([
    [[1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], 1, 'b9a3'],
    [[1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], 2, 'c944f9'],
  ])('are those of the draft: %j', async (statuses, bits, bytes) => {
    const issuer = await createTestIssuer({ now: () => NOW })
    const list = issuer.statusList(statuses)
    const answer = await issuer.fetch(list.uri)
    expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt')
    const claims = await verified(issuer, await answer.text(), 'statuslist+jwt')
    expect(claims).toMatchObject({ sub: list.uri, iat: NOW, exp: NOW + 3600, ttl: 300, status_list: { bits } })
    const { lst } = claims['status_list'] as { lst: string } // checked above
    expect(inflateSync(Buffer.from(lst, 'base64url')).toString('hex')).toBe(bytes)
    expect(list.claim(3)).toEqual({ status_list: { idx: 3, uri: list.uri } })
  })

  it('change, and are wrong when they are to', async () => {
    const issuer = await createTestIssuer()
    const [list, other] = [issuer.statusList([0]), issuer.statusList([0])]
    const read = async (): Promise<Record<string, unknown>> => decodeJwt(await (await issuer.fetch(list.uri)).text())
    const before = await read()
    list.set(0, 1)
    expect((await read())['status_list']).not.toEqual(before['status_list'])
    list.change({ claims: { sub: other.uri, ttl: undefined }, expiresIn: -1 })
    const wrong = await read()
    expect([wrong['sub'], 'ttl' in wrong]).toEqual([other.uri, false])
    expect((await issuer.fetch(`${issuer.urlOf('statusList')}?list=3`)).status).toBe(404)
    // as: a caller in JavaScript may misspell
    expect(() => issuer.statusList([0], { tll: 1 } as object)).toThrow('unknown option "tll"')
  })
})
