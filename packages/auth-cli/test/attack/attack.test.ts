import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { createAuth } from '@acme/auth-express'
import { freePort } from '@acme/tests-servers'
import express from 'express'
import { generate } from 'selfsigned'
import { describe, expect, it } from 'vitest'

import { startApi } from '../apis.js'
import { answerOf } from '../support.js'
import { attacks, AUDIENCE } from './support.js'

const all = attacks()
const SEVEN_KINDS = 7

describe('attack', () => {
  it('is clean on an API of ours', async () => {
    const { code, stdout, stderr } = await all.attack(await all.guardedApi())
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 faults, 0 warnings, 2\d\d passed, \d+ skipped$/m)])
    expect(stdout).toMatch(/^http:\/\/127.0.0.1:\d+\/me: Bearer and DPoP, 2\d\d requests$/m)
    expect(stderr).toContain(`AUTH0_ISSUER=${all.issuer} AUTH0_AUDIENCE=${AUDIENCE}`)
  })

  it('tells of faults of one kind once, with clause, meaning and what mends it', async () => {
    const { code, stdout } = await all.attack(await all.credulousApi(), ['--only', 'kinds'])
    expect(code).toBe(1)
    expect(stdout.match(/✗ an? .* token/g)?.length).toBe(SEVEN_KINDS)
    expect(stdout.match(/RFC 9068 §4: it is accepted/g)?.length).toBe(1)
    expect(stdout).toContain('came      200')
    expect(stdout).toMatch(/means {5}a token that was made for something else/)
    expect(stdout).toMatch(/mend {6}demand typ at\+jwt/)
    expect(stdout).toContain(`${SEVEN_KINDS} faults, 0 warnings, 0 passed, 0 skipped\n\nMend this first: an ID token`)
  })

  it('lists all with --verbose, and shows no token', async () => {
    const { stdout, stderr } = await all.attack(await all.credulousApi(), ['--verbose', '--only', 'credentials'])
    expect(stdout).toMatch(/✓ no credentials {2}RFC 6750 §3.1/)
    expect(stdout + stderr).not.toMatch(/eyJ[\w-]{20,}/)
  })

  it('names first what lets anybody in', async () => {
    const answer = await answerOf(['attack', await all.credulousApi(), ...all.fast, '--only', 'tokens'])
    expect(answer['primary']).toMatchObject({
      cause: expect.stringMatching(/: whoever writes such a token is anybody/),
    })
  })

  it('answers in JSON', async () => {
    const url = await all.credulousApi()
    const answer = await answerOf(['attack', url, ...all.fast, '--only', 'kinds'])
    expect(answer).toMatchObject({
      ok: false,
      url,
      dpop: 'disabled',
      nonces: false,
      scopes: [],
      baseline: { known: [], mended: [] },
    })
    const results = answer['results'] as Record<string, unknown>[] // as the report has it
    expect(results[0]).toEqual({
      area: 'kinds of tokens',
      name: 'an ID token, by at_hash',
      clause: 'RFC 9068 §4',
      outcome: 'failed',
      expected: 'refused: 401, invalid_token',
      came: '200',
      problems: [expect.objectContaining({ level: 'must', kind: 'accepted', clause: 'RFC 9068 §4' })],
    })
  })

  it('signs as the API wants it', async () => {
    const { origin } = all.kept(await startApi({ issuer: all.issuer, audience: AUDIENCE, algorithms: ['ES256'] }))
    const refused = await all.attack(`${origin}/me`)
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('a good token is refused with 401')])
    expect(refused.stdout).toContain(`acme-auth doctor --api ${origin}/me says more`)
    const { code, stdout } = await all.attack(`${origin}/me`, ['--algorithm', 'ES256', '--only', 'tokens'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 faults, 0 warnings/m)])
  })

  it('attacks over TLS, with a certificate of its own', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const auth = createAuth({ issuer: all.issuer, audience: AUDIENCE, onEvent: () => undefined })
    const app = express()
    app.get('/me', auth.requireAuth(), (_request, response) => void response.json({}))
    const server = createServer({ key, cert }, app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    all.closing(() => new Promise((resolve) => server.close(() => resolve())))
    const url = `https://localhost:${(server.address() as AddressInfo).port}/me` // listens on TCP
    await writeFile(all.file('ca.pem'), cert)

    const { code, stdout } = await all.attack(url, [
      '--ca',
      all.file('ca.pem'),
      '--only',
      'credentials',
      '--only',
      'URL',
    ])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Bearer and DPoP')])
    const stranger = await all.attack(url)
    expect([stranger.code, stranger.stdout]).toEqual([
      1,
      expect.stringContaining('Mend this first: no answer: DEPTH_ZERO_SELF_SIGNED_CERT'),
    ])
  })

  it('is not impressed by who accepts everything', async () => {
    const { code, stdout } = await all.attack(await all.credulousApi((_request, response) => void response.end('{}')))
    expect([code, stdout]).toEqual([1, expect.stringContaining('200 without credentials: nothing protects this route')])
  })

  it('says that nothing listens', async () => {
    const { code, stdout } = await all.attack(`http://127.0.0.1:${await freePort()}/me`)
    expect([code, stdout]).toEqual([1, expect.stringContaining('Mend this first: no answer: ECONNREFUSED')])
  })
})
