import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestKey } from '@acme/auth-testing'
import { FetchError } from '../../src/issuer/fetch-error.js'
import { fetchKeys } from '../../src/issuer/fetch-keys.js'
import type { FetchedKeys, FetchKeysContext } from '../../src/issuer/fetch-keys.js'
import { resolveIssuers } from '../../src/issuer/resolve-issuers.js'
import { readIssuerForm } from '../../src/issuer/issuer-form.js'
import type { TrustedIssuer } from '../../src/issuer/issuer-options.js'

const ISSUER = 'https://issuer.test/'
const OPENID = `${ISSUER}.well-known/openid-configuration`
const OAUTH = `${ISSUER}.well-known/oauth-authorization-server`
const JWKS = `${ISSUER}jwks`
const METADATA = { issuer: ISSUER, jwks_uri: JWKS }
const { publicJwk } = await createTestKey('ES256', { kid: 'a' })
const KEYS = { keys: [publicJwk] }

/** Fetches the keys of the issuer, and tells their `kid`s. */
async function get(
  jwksUri: string | undefined,
  policy: { fetch: typeof globalThis.fetch; timeout: number },
  { isFound, ...changes }: Partial<TrustedIssuer & Pick<FetchKeysContext, 'isFound'>> = {},
): Promise<FetchedKeys> {
  const [trusted] = resolveIssuers({ issuer: ISSUER, audience: 'a' }, ['ES256'], readIssuerForm).listed.values()
  if (trusted === undefined) throw new Error('one was listed')
  return fetchKeys({ ...trusted, ...changes }, { jwksUri, ...(isFound && { isFound }) }, policy)
}

/** What is known of what was fetched. */
function summary({ index, ...rest }: FetchedKeys): object {
  return { keys: index.size, ...rest }
}

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
    const { fetch, urls } = serve({ [OPENID]: [0, METADATA], [JWKS]: [0, { keys: [publicJwk, null, 1] }] })
    expect(summary(await get(undefined, { fetch, timeout: 5 }))).toEqual({
      keys: 1,
      jwksUri: JWKS,
      discovered: true,
      maxAge: undefined,
    })
    expect(urls).toEqual([OPENID, JWKS])
  })

  it('need none where it is known where they are', async () => {
    const { fetch, urls } = serve({
      [JWKS]: [0, Response.json(KEYS, { headers: { 'cache-control': 'max-age=7' } })],
    })
    expect(summary(await get(JWKS, { fetch, timeout: 5 }))).toEqual({
      keys: 1,
      jwksUri: JWKS,
      discovered: false,
      maxAge: 7,
    })
    expect(urls).toEqual([JWKS])
  })

  it.each([
    ['no keys member', {}],
    ['keys that are no list', { keys: {} }],
    ['101 keys', { keys: Array.from({ length: 101 }, () => ({})) }],
  ])('with %s are none', async (_, document) => {
    const { fetch } = serve({ [JWKS]: [0, document] })
    const { message, timedOut } = await failureOf(get(JWKS, { fetch, timeout: 5 }))
    expect([message, timedOut]).toEqual([`${JWKS}: not a key set of at most 100 keys`, false])
  })

  it.each([
    ['metadata of another issuer', { [OPENID]: [0, { ...METADATA, issuer: 'https://evil.test/' }] }, [OPENID]],
    ['metadata without keys', { [OPENID]: [0, { issuer: ISSUER }] }, [OPENID]],
    ['no metadata', {}, [OPENID, OAUTH]],
    ['an issuer that is down', { [OPENID]: [0, 503] }, [OPENID]],
  ] as const)('are not asked for after %s', async (_, answers, expected) => {
    const { fetch, urls } = serve(answers)
    await failureOf(get(undefined, { fetch, timeout: 5 }))
    expect(urls).toEqual(expected)
  })
})

describe('keys that are not where they were', () => {
  const MOVED = `${ISSUER}moved`

  function never(): boolean {
    return false
  }

  it('are looked for by the metadata', async () => {
    const { fetch, urls } = serve({
      [JWKS]: [0, KEYS],
      [OPENID]: [0, { ...METADATA, jwks_uri: MOVED }],
      [MOVED]: [0, KEYS],
    })
    expect(await get(JWKS, { fetch, timeout: 5 }, { isFound: never })).toMatchObject({
      jwksUri: MOVED,
      discovered: true,
    })
    expect(urls).toEqual([JWKS, OPENID, MOVED])
  })

  it.each([
    ['name the same place', { [OPENID]: [0, METADATA] }, 2, true],
    ['cannot be had', { [OPENID]: [0, 500] }, 2, false],
    ['name a place without keys', { [OPENID]: [0, { ...METADATA, jwks_uri: MOVED }] }, 3, false],
    ['are of another issuer', { [OPENID]: [0, { issuer: 'https://evil.test/', jwks_uri: MOVED }] }, 2, false],
  ] as const)('and stay what they are where the metadata %s', async (_, answers, requests, discovered) => {
    const { fetch, urls } = serve({ [JWKS]: [0, KEYS], ...answers })
    expect(await get(JWKS, { fetch, timeout: 5 }, { isFound: never })).toMatchObject({ jwksUri: JWKS, discovered })
    expect(urls).toHaveLength(requests)
  })

  it('are not looked for where the place was configured', async () => {
    const { fetch, urls } = serve({ [JWKS]: [0, KEYS] })
    await get(JWKS, { fetch, timeout: 5 }, { isFound: never, jwksUri: JWKS })
    expect(urls).toEqual([JWKS])
  })
})

describe('a key set without a usable key', () => {
  it.each([
    [[], 'it is empty'],
    [[null], 'it is empty'],
    [[{ ...publicJwk, use: 'enc' }], 'key "a" is unusable: is for none of ES256'],
    [[{ ...publicJwk, y: publicJwk.x }], 'key "a" is unusable: cannot be imported'],
  ])('%#: is none', async (keys, why) => {
    const { fetch } = serve({ [JWKS]: [0, { keys }] })
    expect((await failureOf(get(JWKS, { fetch, timeout: 5 }))).message).toBe(`${JWKS}: no usable key: ${why}`)
  })
})

it('says what it wants, and that no cache should answer', async () => {
  const seen: (RequestInit | undefined)[] = []
  const fetch: typeof globalThis.fetch = (_, init) => {
    seen.push(init)
    return Promise.resolve(Response.json(KEYS))
  }
  await get(JWKS, { fetch, timeout: 5 })
  expect(seen).toMatchObject([
    {
      headers: { accept: 'application/json, application/jwk-set+json', 'cache-control': 'no-cache' },
      cache: 'no-store',
    },
  ])
})

describe('one timeout', () => {
  afterEach(() => vi.useRealTimers())

  it.each<readonly [string, Readonly<Record<string, Answer>>, number, number]>([
    ['discovery alone', { [OPENID]: [60, METADATA] }, 5, 1],
    ['discovery and the keys', { [OPENID]: [3, METADATA], [JWKS]: [3, KEYS] }, 5, 2],
    ['both places of the metadata', { [OPENID]: [3, 404], [OAUTH]: [3, METADATA] }, 5, 2],
    ['both places and the keys', { [OPENID]: [2, 404], [OAUTH]: [2, METADATA], [JWKS]: [2, KEYS] }, 5, 3],
    ['what comes just in time, and then the keys', { [OPENID]: [4.9, METADATA], [JWKS]: [1, KEYS] }, 5, 2],
  ])('covers %s', async (_, answers, timeout, requests) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { fetch, urls } = serve(answers)
    const started = performance.now()
    let seconds = 0
    const failure = failureOf(get(undefined, { fetch, timeout })).finally(() => {
      seconds = (performance.now() - started) / 1000
    })
    await vi.advanceTimersByTimeAsync(100_000)
    expect([(await failure).timedOut, Math.round(seconds * 10) / 10, urls.length]).toEqual([true, timeout, requests])
  })

  it('is not used up by what comes in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { fetch } = serve({ [OPENID]: [1, 404], [OAUTH]: [1, METADATA], [JWKS]: [2.9, KEYS] })
    const keys = get(undefined, { fetch, timeout: 5 })
    await vi.advanceTimersByTimeAsync(5000)
    expect((await keys).index.size).toBe(1)
  })
})
