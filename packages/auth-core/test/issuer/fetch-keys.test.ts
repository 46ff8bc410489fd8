import { afterEach, describe, expect, it, vi } from 'vitest'
import { FetchError } from '../../src/issuer/fetch-json.js'
import { fetchKeys } from '../../src/issuer/fetch-keys.js'
import type { FetchedKeys } from '../../src/issuer/fetch-keys.js'

const ISSUER = 'https://issuer.test/'
const OPENID = `${ISSUER}.well-known/openid-configuration`
const OAUTH = `${ISSUER}.well-known/oauth-authorization-server`
const JWKS = `${ISSUER}jwks`
const METADATA = { issuer: ISSUER, jwks_uri: JWKS }

/** What an endpoint answers with, and after how many seconds. */
type Answer = readonly [seconds: number, answer: unknown]

function serve(answers: Readonly<Record<string, Answer>>): { fetch: typeof globalThis.fetch; urls: string[] } {
  const urls: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : input.toString()
    urls.push(url)
    const [seconds, answer] = answers[url] ?? [0, 404]
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    if (typeof answer === 'number') return new Response(null, { status: answer })
    return answer instanceof Response ? answer : Response.json(answer)
  }
  return { fetch, urls }
}

async function failureOf(keys: Promise<FetchedKeys>): Promise<FetchError> {
  const error = await keys.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof FetchError) return error
  throw error
}

describe('keys', () => {
  it('are found by discovery', async () => {
    const { fetch, urls } = serve({ [OPENID]: [0, METADATA], [JWKS]: [0, { keys: [{ kid: 'a' }, null, 1] }] })
    expect(await fetchKeys(ISSUER, undefined, { fetch, timeout: 5 })).toEqual({
      keys: [{ kid: 'a' }],
      jwksUri: JWKS,
      maxAge: undefined,
    })
    expect(urls).toEqual([OPENID, JWKS])
  })

  it('need none where it is known where they are', async () => {
    const { fetch, urls } = serve({
      [JWKS]: [0, Response.json({ keys: [] }, { headers: { 'cache-control': 'max-age=7' } })],
    })
    expect(await fetchKeys(ISSUER, JWKS, { fetch, timeout: 5 })).toEqual({ keys: [], jwksUri: JWKS, maxAge: 7 })
    expect(urls).toEqual([JWKS])
  })

  it.each([
    ['no keys member', {}],
    ['keys that are no list', { keys: {} }],
    ['101 keys', { keys: Array.from({ length: 101 }, () => ({})) }],
  ])('with %s are none', async (_, document) => {
    const { fetch } = serve({ [JWKS]: [0, document] })
    const { message, timedOut } = await failureOf(fetchKeys(ISSUER, JWKS, { fetch, timeout: 5 }))
    expect([message, timedOut]).toEqual([`${JWKS}: not a key set of at most 100 keys`, false])
  })

  it.each([
    ['metadata of another issuer', { [OPENID]: [0, { ...METADATA, issuer: 'https://evil.test/' }] }, [OPENID]],
    ['metadata without keys', { [OPENID]: [0, { issuer: ISSUER }] }, [OPENID]],
    ['no metadata', {}, [OPENID, OAUTH]],
    ['an issuer that is down', { [OPENID]: [0, 503] }, [OPENID]],
  ] as const)('are not asked for after %s', async (_, answers, expected) => {
    const { fetch, urls } = serve(answers)
    await failureOf(fetchKeys(ISSUER, undefined, { fetch, timeout: 5 }))
    expect(urls).toEqual(expected)
  })
})

describe('one timeout', () => {
  afterEach(() => vi.useRealTimers())

  it.each<readonly [string, Readonly<Record<string, Answer>>, number, number]>([
    ['discovery alone', { [OPENID]: [60, METADATA] }, 5, 1],
    ['discovery and the keys', { [OPENID]: [3, METADATA], [JWKS]: [3, { keys: [] }] }, 5, 2],
    ['both places of the metadata', { [OPENID]: [3, 404], [OAUTH]: [3, METADATA] }, 5, 2],
    ['both places and the keys', { [OPENID]: [2, 404], [OAUTH]: [2, METADATA], [JWKS]: [2, { keys: [] }] }, 5, 3],
    ['what comes just in time, and then the keys', { [OPENID]: [4.9, METADATA], [JWKS]: [1, { keys: [] }] }, 5, 2],
  ])('covers %s', async (_, answers, timeout, requests) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { fetch, urls } = serve(answers)
    const started = performance.now()
    let seconds = 0
    const failure = failureOf(fetchKeys(ISSUER, undefined, { fetch, timeout })).finally(() => {
      seconds = (performance.now() - started) / 1000
    })
    await vi.advanceTimersByTimeAsync(100_000)
    expect([(await failure).timedOut, Math.round(seconds * 10) / 10, urls.length]).toEqual([true, timeout, requests])
  })

  it('is not used up by what comes in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { fetch } = serve({ [OPENID]: [1, 404], [OAUTH]: [1, METADATA], [JWKS]: [2.9, { keys: [] }] })
    const keys = fetchKeys(ISSUER, undefined, { fetch, timeout: 5 })
    await vi.advanceTimersByTimeAsync(5000)
    expect((await keys).keys).toEqual([])
  })
})
