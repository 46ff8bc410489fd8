import type { IncomingMessage, ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { attackApi } from '../../src/index.js'
import { attackedApis, namesOf } from './api.js'

const apis = attackedApis()

/** Answers to requests that have this in their credentials, or their proof. */
function onText(pattern: RegExp, answer: (response: ServerResponse) => void) {
  return ({ headers }: IncomingMessage, response: ServerResponse): boolean => {
    if (!pattern.test(`${headers.authorization} ${String(headers['dpop'])}`)) return false
    answer(response)
    return true
  }
}

// Where that is enough.
const TOKENS = { only: ['access tokens'] }
// Only an attacker sends such a token.
const FOUR_SEGMENTS = /^\S+ [^.]+\.[^.]+\.[^.]+\.e30 /

describe('an API that keeps the RFCs in its own words', () => {
  it('has no fault; that it does not look for replays is no more than a warning', async () => {
    const report = await apis.attacked()
    expect([report.ok, report.dpop, report.nonces, report.scopes, report.stopped]).toEqual([
      true,
      'allowed',
      false,
      [],
      undefined,
    ])
    expect(namesOf(report, 'failed')).toEqual([])
    const replays = ['replayed proofs: a replayed proof', 'replayed proofs: a used jti in a new proof']
    expect(namesOf(report, 'warned')).toEqual(expect.arrayContaining(replays))
    expect(namesOf(report, 'passed').length).toBeGreaterThan(200)
  })

  it('has none where it demands nonces, and those are attacked, too', async () => {
    const secret = apis.fixture.nonceSecret
    const origin = await apis.start({}, { dpop: { nonce: { secret } } })
    const report = await attackApi(`${origin}/any`, { fixture: apis.fixture, rate: 1000 })
    expect([report.nonces, namesOf(report, 'failed')]).toEqual([true, []])
    expect(namesOf(report, 'passed')).toContain('DPoP nonces: nonce required: a nonce of another server')
  })

  it('has none on a route that requires a scope, which is said', async () => {
    const report = await apis.attacked({}, { scopes: ['read:messages'] }, '/read')
    expect([report.ok, namesOf(report, 'failed')]).toEqual([true, []])
    expect(namesOf(report, 'passed')).toContain('requirements: no scope at all')
  })

  it('is asked for a scope that nobody said', async () => {
    const report = await apis.attacked({}, {}, '/read')
    expect([report.ok, report.results, report.stopped]).toEqual([
      false,
      [],
      {
        says: 'a good token is refused with 403: insufficient_scope no, thanks',
        mend: 'say what the route requires: scopes, and claims such as permissions',
      },
    ])
  })

  it.each(['write:messages', 'messages', 'ALL', 'READ:MESSAGES'])('has none where the scope is %s', async (wanted) => {
    const intercepts = ({ headers }: IncomingMessage, response: ServerResponse): boolean => {
      const [, payload = ''] = (headers.authorization ?? '').split('.')
      const { scope = '' } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as { scope?: string } // made here
      if (scope.split(' ').includes(wanted)) response.end('{}')
      else response.writeHead(403, { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${wanted}"` }).end()
      return true
    }
    const report = await apis.attacked({ intercepts }, { only: ['requirements'] })
    expect([report.scopes, namesOf(report, 'failed')]).toEqual([[wanted], []])
    expect(namesOf(report, 'passed')).toContain('requirements: no scope at all')
  })

  it('says why a case says nothing of it', async () => {
    const { results } = await apis.attacked()
    expect(new Set(results.map(({ reason }) => reason))).toEqual(
      new Set([undefined, 'this API demands no nonces', 'no scope is known that this route requires']),
    )
  })
})

describe('an API with faults', () => {
  it('that accepts bad signatures is told of each, with its clause and what it means', async () => {
    const report = await apis.attacked({ acceptsBadSignatures: true }, TOKENS)
    expect(report.ok).toBe(false)
    const names = namesOf(report, 'failed')
    expect(names).toContain('access tokens: a flipped signature')
    expect(names).toContain('access tokens: the key of another issuer')
    expect(names).toContain('access tokens: the token\'s alg is "none"')
    expect(names).toContain('access tokens: HS256 with the public key in PEM as secret')
    expect(report.results.find(({ name }) => name === 'HS256 with the public key in PEM as secret')).toMatchObject({
      clause: 'RFC 8725 §3.1',
      expected: 'refused: 401, invalid_token',
      came: '200',
      problems: [{ level: 'must', kind: 'accepted', says: 'it is accepted' }],
    })
  })

  it('whose challenge is malformed', async () => {
    const report = await apis.attacked({ malformsChallenge: true }, { only: ['credentials'] })
    expect(namesOf(report, 'failed')).toEqual(['credentials: no credentials'])
  })

  it('that sends credentials back: they are not in the report either', async () => {
    const report = await apis.attacked({ echoesToken: true }, TOKENS)
    expect(namesOf(report, 'warned')).toContain('access tokens: a flipped signature')
    // What any JWT begins with.
    expect(JSON.stringify(report)).not.toMatch(/eyJ[\w-]{20,}/)
  })

  it('that sends them back in a malformed challenge, or to a good request', async () => {
    const defects = { echoesToken: true, malformsChallenge: true }
    expect(JSON.stringify(await apis.attacked(defects, TOKENS))).not.toMatch(/eyJ[\w-]{20,}/)
    const refused = await apis.attacked({ echoesToken: true }, {}, '/read')
    expect(refused.stopped?.says).toContain('insufficient_scope')
    expect(JSON.stringify(refused)).not.toMatch(/eyJ[\w-]{20,}/)
  })

  it('that fails on what it does not expect', async () => {
    const intercepts = onText(FOUR_SEGMENTS, (response) => response.writeHead(500).end())
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect(namesOf(report, 'failed')).toEqual(['access tokens: four segments'])
    expect(report.results.find(({ outcome }) => outcome === 'failed')?.problems[0]?.kind).toBe('error')
  })

  it('that cuts a connection, and lives', async () => {
    const intercepts = onText(FOUR_SEGMENTS, (response) => response.socket?.resetAndDestroy())
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect([namesOf(report, 'failed'), report.stopped]).toEqual([['access tokens: four segments'], undefined])
    expect(report.results.find(({ outcome }) => outcome === 'failed')?.problems[0]?.says).toBe('no answer: ECONNRESET')
  })

  it('that closes a connection without a word', async () => {
    const intercepts = onText(FOUR_SEGMENTS, (response) => response.socket?.end())
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect(report.results.find(({ outcome }) => outcome === 'failed')?.problems[0]?.says).toBe(
      'no answer: what came is no HTTP response',
    )
  })

  it('that never answers', async () => {
    const intercepts = onText(FOUR_SEGMENTS, () => undefined)
    const report = await apis.attacked({ intercepts }, { ...TOKENS, timeout: 0.3 })
    expect(report.results.find(({ outcome }) => outcome === 'failed')?.problems[0]?.says).toBe(
      'no answer: no response within 300 ms',
    )
  })

  it('that is ended by a request: it is named, and nothing is sent into the void', async () => {
    let isDown = false
    const intercepts = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (FOUR_SEGMENTS.test(`${request.headers.authorization} `)) isDown = true
      if (isDown) response.socket?.resetAndDestroy()
      return isDown
    }
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect(report.stopped?.says).toBe('the API is gone after: four segments')
    expect(report.results.at(-1)?.name).toBe('four segments')
  })

  it('that accepts no good token any more when it was attacked', async () => {
    let isLocked = false
    const intercepts = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (FOUR_SEGMENTS.test(`${request.headers.authorization} `)) isLocked = true
      if (isLocked) response.writeHead(403).end()
      return isLocked
    }
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect(report.stopped?.says).toBe('a good token is refused at the end, which was accepted at first')
  })

  it('that limits requests is not clean', async () => {
    const intercepts = onText(FOUR_SEGMENTS, (response) => response.writeHead(429, { 'Retry-After': '1' }).end())
    const report = await apis.attacked({ intercepts }, TOKENS)
    expect(report.results.find(({ outcome }) => outcome === 'failed')?.problems[0]?.kind).toBe('limited')
  })
})

describe('what is no guarded route', () => {
  it('answers everybody: one fault, and no more is sent', async () => {
    const intercepts = (_: IncomingMessage, response: ServerResponse): boolean => {
      response.end('welcome')
      return true
    }
    const report = await apis.attacked({ intercepts })
    expect([report.ok, report.requests, namesOf(report, 'failed')]).toEqual([false, 1, ['credentials: no credentials']])
    expect(report.stopped?.says).toBe('200 without credentials: nothing protects this route')
  })

  it('leads elsewhere, where nothing goes', async () => {
    const others: string[] = []
    const elsewhere = await apis.start({
      intercepts: ({ url = '' }) => {
        others.push(url)
        return false
      },
    })
    const intercepts = (_: IncomingMessage, response: ServerResponse): boolean => {
      response.writeHead(302, { Location: `${elsewhere}/any` }).end()
      return true
    }
    const report = await apis.attacked({ intercepts })
    expect([report.ok, others, report.stopped?.says]).toEqual([false, [], 'a good token is refused with 302'])
  })

  it('is a path that there is not', async () => {
    const report = await apis.attacked({}, {}, '/nowhere')
    expect(report.stopped).toEqual({
      says: 'a good token is refused with 404',
      mend: 'there is no such route: mend the path of the URL',
    })
  })

  it('does not know the subject of the token', async () => {
    const intercepts = ({ headers }: IncomingMessage, response: ServerResponse): boolean => {
      if (headers.authorization !== undefined) response.writeHead(404).end()
      return headers.authorization !== undefined
    }
    const { stopped } = await apis.attacked({ intercepts })
    expect(stopped?.mend).toContain('name a subject that there is')
  })

  it('trusts another issuer: it is told whom to trust', async () => {
    const origin = await apis.start({}, { issuer: apis.fixture.strangerIssuer.issuer })
    const { stopped } = await attackApi(`${origin}/any`, { fixture: apis.fixture, rate: 1000 })
    expect(stopped?.says).toBe('a good token is refused with 401: invalid_token no, thanks')
    expect(stopped?.mend).toContain(apis.fixture.issuer.issuer)
  })

  it('is down', async () => {
    const origin = await apis.start()
    const { port } = new URL(origin)
    const report = await attackApi(`http://127.0.0.1:${port === '1' ? 2 : 1}/any`, { fixture: apis.fixture })
    expect([report.ok, report.stopped]).toEqual([
      false,
      { says: 'no answer: ECONNREFUSED', mend: 'start the API, or mend host and port of the URL' },
    ])
  })
})
