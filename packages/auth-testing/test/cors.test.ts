import { afterAll, beforeAll, expect, it } from 'vitest'

import { startTestIssuer, type ListeningTestIssuer } from '../src/index.js'

const ORIGIN = { origin: 'https://app.test' }

let issuer: ListeningTestIssuer
beforeAll(async () => {
  issuer = await startTestIssuer()
})
afterAll(() => issuer.close())

it('answers preflights, and counts none', async () => {
  const headers = { ...ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' }
  const before = issuer.count('all')
  const answer = await fetch(issuer.urlOf('token'), { method: 'OPTIONS', headers })
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-headers')).toBe('*, authorization')
  expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST')
  expect(issuer.count('all')).toBe(before)
})

it('lets pages read the nonce', async () => {
  issuer.demandNonces('required')
  const answer = await fetch(issuer.urlOf('token'), { method: 'POST', headers: ORIGIN })
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, '*'])
  expect(answer.headers.get('access-control-expose-headers')).toBe('Date, DPoP-Nonce, Retry-After, WWW-Authenticate')
})

it('says nothing of it to others, and refuses OPTIONS of them', async () => {
  const answer = await fetch(issuer.jwksUri)
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  expect((await fetch(issuer.jwksUri, { method: 'OPTIONS' })).status).toBe(405)
})
