import { runInNewContext } from 'node:vm'

import { afterEach, describe, expect, it, vi } from 'vitest'
import { FetchError } from '../../src/issuer/fetch-error.js'
import { fetchJson } from '../../src/issuer/fetch-json.js'
import type { FetchedJson } from '../../src/issuer/fetch-json.js'

const URL_TEXT = 'https://issuer.test/jwks'

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>

function get(answer: Answer, timeout = 5): Promise<FetchedJson> {
  const fetch: typeof globalThis.fetch = async (input, init) =>
    answer(input instanceof Request ? input.url : input.toString(), init ?? {})
  return fetchJson(URL_TEXT, { fetch, timeout })
}

async function failureOf(answer: Answer, timeout?: number): Promise<FetchError> {
  try {
    await get(answer, timeout)
  } catch (error) {
    if (error instanceof FetchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function json(body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { headers: { 'content-type': 'application/json', ...headers } })
}

/** An endless body, and how often it was asked for more. */
function endless(): { response: Response; pulled: () => number; cancelled: () => boolean } {
  let pulls = 0
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1
      controller.enqueue(new Uint8Array(64 * 1024).fill(0x20))
    },
    cancel() {
      cancelled = true
    },
  })
  return { response: new Response(stream), pulled: () => pulls, cancelled: () => cancelled }
}

describe('a JSON object', () => {
  it('is returned', async () => {
    expect(await get(() => json('{"keys":[]}'))).toEqual({ value: { keys: [] }, maxAge: undefined })
  })

  it('is asked for with GET, without following redirects blindly', async () => {
    const seen: [string, RequestInit][] = []
    await get((url, init) => {
      seen.push([url, init])
      return json('{}')
    })
    const [[url, { signal, ...init }] = ['', {} as RequestInit]] = seen
    const headers = { accept: 'application/json', 'cache-control': 'no-cache' }
    expect([url, init]).toEqual([URL_TEXT, { redirect: 'manual', headers, cache: 'no-store' }])
    expect(signal).toBeInstanceOf(AbortSignal)
  })

  it('may be 512 KiB long and not one byte more', async () => {
    const ofLength = (length: number): string => `{"a":"${'x'.repeat(length - 8)}"}`
    expect((await get(() => json(ofLength(512 * 1024)))).value).toEqual({ a: 'x'.repeat(512 * 1024 - 8) })
    expect((await failureOf(() => json(ofLength(512 * 1024 + 1)))).message).toBe(`${URL_TEXT}: more than 524288 bytes`)
  })

  it.each([
    ['max-age=60', 60],
    ['public, max-age=15, stale-if-error=86400', 15],
    ['MAX-AGE=7', 7],
    ['max-age=0', 0],
    ['s-maxage=60', undefined],
    ['max-age', undefined],
    ['max-age=', undefined],
    ['max-age=-1', undefined],
    ['max-age=1.5', undefined],
    ['max-age=1e9', undefined],
    ['max-age=99999999999', undefined],
    ['x-max-age=5', undefined],
    ['no-store', undefined],
    ['', undefined],
  ])('Cache-Control: %s', async (header, maxAge) => {
    expect((await get(() => json('{}', { 'cache-control': header }))).maxAge).toBe(maxAge)
  })
})

describe('anything else', () => {
  it.each([
    ['HTML', '<!doctype html><title>Login</title>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['text', '"keys"'],
    ['a number', '1'],
    ['half an object', '{"keys":['],
    ['two objects', '{}{}'],
    ['NUL', '\0'],
    ['deep brackets', '['.repeat(200_000)],
  ])('%s', async (_, body) => {
    const { message, status, timedOut } = await failureOf(() => json(body))
    expect([status, timedOut]).toEqual([undefined, false])
    expect(message).toMatch(/^https:\/\/issuer\.test\/jwks: not (?:a JSON object|JSON)$/)
  })

  it('half an object: the cause is told', async () => {
    const { message, cause } = await failureOf(() => json('{"keys":['))
    expect([message, cause]).toEqual([`${URL_TEXT}: not JSON`, expect.any(SyntaxError)])
  })

  it.each([201, 204, 400, 401, 403, 404, 410, 429, 500, 503])('status %d', async (status) => {
    const error = await failureOf(() => new Response(status === 204 ? null : '{"keys":[]}', { status }))
    expect([error.message, error.status]).toEqual([`${URL_TEXT}: status ${status}`, status])
  })

  it('10 MB: reading stops early', async () => {
    const { response, pulled, cancelled } = endless()
    expect((await failureOf(() => response)).message).toBe(`${URL_TEXT}: more than 524288 bytes`)
    expect([pulled() < 20, cancelled()]).toEqual([true, true])
  })

  it.each([
    [
      'a rejection',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'fetch failed: ECONNREFUSED',
    ],
    ['a rejection with nothing', () => Promise.reject(), 'failed'],
    [
      'a throw',
      () => {
        throw new Error('bug')
      },
      'bug',
    ],
    ['no response', () => undefined as unknown as Response, "Cannot read properties of undefined (reading 'status')"],
  ])('%s', async (_, answer, message) => {
    const error = await failureOf(answer)
    expect([error.message, error.timedOut]).toEqual([`${URL_TEXT}: ${message}`, false])
  })

  it('a body that breaks off', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{'))
        controller.error(new Error('reset'))
      },
    })
    expect((await failureOf(() => new Response(body))).message).toBe(`${URL_TEXT}: reset`)
  })
})

describe('a fetch of the application that answers with anything', () => {
  const trap = (): never => {
    throw new Error('trap')
  }
  const hostile: unknown = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap })
  const reader = (read: () => unknown): unknown => ({
    status: 200,
    headers: new Headers(),
    body: { getReader: () => ({ read, cancel: () => Promise.resolve() }) },
  })

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', '{"keys":[]}'],
    ['the document itself', { keys: [] }],
    ['a proxy that throws', hostile],
    [
      'a body of text',
      new Response(
        new ReadableStream({
          start: (c) => {
            c.enqueue('{}')
            c.close()
          },
        }),
      ),
    ],
    ['a body that is no stream', { status: 200, headers: new Headers(), body: '{}' }],
    ['a body of endless nothing', reader(() => ({ done: false, value: new Uint8Array() }))],
    ['a body of endless text', reader(() => ({ done: false, value: 'x' }))],
    ['a body without headers', { status: 200, body: null }],
    ['a body that breaks off with nothing', reader(() => Promise.reject())],
    ['a body that breaks off with a proxy', reader(() => Promise.reject(hostile))],
  ])('%s', async (_, answer) => {
    const error = await failureOf(() => answer as Response)
    expect(error.message).toMatch(/^https:\/\/issuer\.test\/jwks: /)
  })

  it.each<readonly [string, unknown]>([
    ['undefined', undefined],
    ['text', 'down'],
    ['a proxy that throws', hostile],
    ['an error whose message is none', Object.assign(new Error('x'), { message: { toString: trap } })],
    ['an error with control characters', new Error('\u009b31m\n')],
  ])('throws %s', async (_, thrown) => {
    const error = await failureOf(() => {
      throw thrown
    })
    expect(error.message).toMatch(/^https:\/\/issuer\.test\/jwks: [\x20-\x7e]+$/)
  })

  it('may answer with a thenable, and with bytes of another realm', async () => {
    const bytes = runInNewContext('new Uint8Array([0x7b, 0x7d])') as Uint8Array // {}
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes)
        controller.close()
      },
    })
    const answer = { then: (resolve: (value: Response) => void) => resolve(new Response(body)) }
    expect((await get(() => answer as unknown as Response)).value).toEqual({})
  })

  it('that never answers, as a thenable, is not waited for', async () => {
    const error = await failureOf(() => ({ then: () => undefined }) as unknown as Response, 0.02)
    expect(error.timedOut).toBe(true)
  })
})

it('asks without a cache mode where the runtime has none', async () => {
  const seen: (RequestInit | undefined)[] = []
  vi.stubGlobal(
    'Request',
    class {
      constructor() {
        throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.")
      }
    },
  )
  try {
    const fetch: typeof globalThis.fetch = (_, init) => {
      seen.push(init)
      return Promise.resolve(json('{}'))
    }
    await fetchJson(URL_TEXT, { fetch, timeout: 5 })
  } finally {
    vi.unstubAllGlobals()
  }
  expect(seen.map((init) => init !== undefined && 'cache' in init)).toEqual([false])
})

it('a timeout of a year is not over at once', async () => {
  expect((await get(() => json('{}'), 31_536_000)).value).toEqual({})
})

describe('redirects', () => {
  function redirecting(locations: readonly (string | undefined)[], status = 302): { answer: Answer; urls: string[] } {
    const urls: string[] = []
    const answer: Answer = (url) => {
      const location = locations[urls.length]
      urls.push(url)
      return location === undefined ? json('{"ok":1}') : new Response(null, { status, headers: { location } })
    }
    return { answer, urls }
  }

  it.each([300, 301, 302, 303, 307, 308, 399])('%d within the origin is followed', async (status) => {
    const { answer, urls } = redirecting(['/keys', 'https://issuer.test/a/keys'], status)
    expect((await get(answer)).value).toEqual({ ok: 1 })
    expect(urls).toEqual([URL_TEXT, 'https://issuer.test/keys', 'https://issuer.test/a/keys'])
  })

  it.each([
    'https://evil.test/jwks',
    'http://issuer.test/jwks',
    'https://issuer.test:8443/jwks',
    'https://issuer.test.evil.test/jwks',
    'https://issuer.test@evil.test/jwks',
    '//evil.test/jwks',
    '\\\\evil.test/jwks',
    'http://127.0.0.1/jwks',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:alert(1)',
  ])('to %s is refused and nothing is fetched there', async (location) => {
    const { answer, urls } = redirecting([location])
    expect((await failureOf(answer)).message).toBe(`${URL_TEXT}: redirects to another origin`)
    expect(urls).toEqual([URL_TEXT])
  })

  it('three are followed and no fourth', async () => {
    expect((await get(redirecting(['/1', '/2', '/3']).answer)).value).toEqual({ ok: 1 })
    const { answer, urls } = redirecting(['/1', '/2', '/3', '/4'])
    expect((await failureOf(answer)).message).toBe(`${URL_TEXT}: more than 3 redirects`)
    expect(urls).toHaveLength(4)
  })

  it('in a loop end', async () => {
    const { answer, urls } = redirecting(Array<string>(50).fill(URL_TEXT))
    expect((await failureOf(answer)).message).toBe(`${URL_TEXT}: more than 3 redirects`)
    expect(urls).toHaveLength(4)
  })

  it.each([undefined, 'https://', 'http://[::1'])('without a usable Location (%s)', async (location) => {
    const headers: Record<string, string> = location === undefined ? {} : { location }
    const error = await failureOf(() => new Response(null, { status: 302, headers }))
    expect([error.message, error.status]).toEqual([`${URL_TEXT}: status 302`, 302])
  })

  it.each([400, 404, 500, 503])('%d is not followed, whatever its Location', async (status) => {
    const { answer, urls } = redirecting(['/keys'], status)
    expect((await failureOf(answer)).message).toBe(`${URL_TEXT}: status ${status}`)
    expect(urls).toEqual([URL_TEXT])
  })

  it('304 is no answer', async () => {
    expect((await failureOf(() => new Response(null, { status: 304 }))).status).toBe(304)
  })
})

describe('the timeout', () => {
  afterEach(() => vi.useRealTimers())

  const body = (): Response =>
    new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('{')) }))

  it.each([
    ['the answer', () => new Promise<Response>(() => undefined)],
    ['the body', body],
  ])('covers %s', async (_, answer) => {
    const error = await failureOf(answer, 0.02)
    expect([error.message, error.timedOut, error.status]).toEqual([`${URL_TEXT}: no answer in time`, true, undefined])
  })

  it('is one for all redirects', async () => {
    let count = 0
    const error = await failureOf(() => {
      count += 1
      return count < 3
        ? new Response(null, { status: 302, headers: { location: `/${count}` } })
        : new Promise(() => undefined)
    }, 0.02)
    expect([error.timedOut, count]).toEqual([true, 3])
  })

  it('aborts the fetch', async () => {
    let signal: AbortSignal | null | undefined
    await failureOf((_, init) => {
      signal = init.signal
      return new Promise(() => undefined)
    }, 0.02)
    expect(signal?.aborted).toBe(true)
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers()
    await get(() => json('{}'))
    await failureOf(() => json('[]'))
    expect(vi.getTimerCount()).toBe(0)
  })
})
