import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, forAnotherUrl, noCredentials, replayed } from './support.js'
import type { Answer, Header, World } from './support.js'

/** An event of an API gateway, as a function in the cloud gets it. */
export type LambdaEvent = Readonly<Record<string, unknown>>

/** The options of an application whose route `/x` any valid token passes, and answers with its subject. */
export interface LambdaOptions extends Readonly<World['options']> {
  readonly publicUrl?: string
}

type Invoke = (event: LambdaEvent) => Promise<unknown>

const ORIGIN = 'https://api.example.com'
const passed = { status: 200, body: 'user-1' }

/** Payload format 2.0, of HTTP APIs and function URLs: repeated headers are joined by commas. */
function formatTwo(headers: readonly Header[]): LambdaEvent {
  const joined: Record<string, string> = {}
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    joined[lower] = joined[lower] === undefined ? value : `${joined[lower]},${value}`
  }
  const http = { method: 'GET', path: '/x', protocol: 'HTTP/1.1', sourceIp: '203.0.113.9', userAgent: 'test' }
  const requestContext = { http, stage: '$default', domainName: 'api.example.com', requestId: 'r', accountId: '1' }
  const request = { routeKey: '$default', rawPath: '/x', rawQueryString: 'a=1', requestContext, isBase64Encoded: false }
  return { version: '2.0', ...request, headers: joined }
}

/** Payload format 1.0, of REST APIs: names as they came, the last of repeated headers, and all of them in lists. */
function formatOne(headers: readonly Header[]): LambdaEvent {
  const multiValueHeaders: Record<string, string[]> = {}
  for (const [name, value] of headers) (multiValueHeaders[name] ??= []).push(value)
  const identity = { sourceIp: '203.0.113.9', userAgent: 'test' }
  const requestContext = { identity, stage: 'prod', resourcePath: '/{proxy+}', path: '/prod/x', httpMethod: 'GET' }
  const path = { resource: '/{proxy+}', path: '/x', pathParameters: { proxy: 'x' }, stageVariables: null }
  const query = { queryStringParameters: { a: '1' }, multiValueQueryStringParameters: { a: ['1'] } }
  const request = { httpMethod: 'GET', ...path, ...query, requestContext, body: null, isBase64Encoded: false }
  return { version: '1.0', ...request, headers: Object.fromEntries(headers), multiValueHeaders }
}

/** An answer of an API gateway as {@link Answer} has those of servers. */
function answerOf(result: unknown): Answer {
  const { statusCode, headers, multiValueHeaders, body } = result as {
    readonly statusCode: number
    readonly headers?: Readonly<Record<string, unknown>>
    readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[]>>
    readonly body: string
  } // of the two payload formats
  const several = Object.entries(multiValueHeaders ?? {}).map(([name, [value]]) => [name, value] as const)
  const all = new Map([...Object.entries(headers ?? {}), ...several])
  // A server adds these by itself, and so do emulations of one.
  for (const name of ['date', 'connection', 'keep-alive']) all.delete(name)
  return { status: statusCode, headers: [...all].map(([name, value]) => `${name}: ${String(value)}`).toSorted(), body }
}

/** Behind an API gateway there is no HTTP server of Node's, and what looks like one has no raw headers, or made-up ones. */
export function describeLambda(
  adapter: string,
  create: (options: LambdaOptions) => Promise<Invoke>,
  { publicUrl }: { readonly publicUrl?: string } = {},
): void {
  describe.each([
    ['2.0', formatTwo],
    ['1.0', formatOne],
  ])(`behind an API gateway with payload format %s, by ${adapter}`, (version, format) => {
    let world: World
    let invoke: Invoke
    beforeAll(async () => {
      world = await createWorld()
      invoke = await create({ ...world.options, ...(publicUrl !== undefined && { publicUrl }) })
    })
    afterAll(() => world.issuer.close())

    async function answer(headers: readonly Header[]): Promise<Answer> {
      const always: readonly Header[] = [
        ['Host', 'api.example.com'],
        ['X-Request-Id', 'request-1'],
      ]
      return answerOf(await invoke(format([...always, ...headers])))
    }

    it('no credentials are refused, to the byte', async () => {
      expect(await answer([])).toEqual(noCredentials)
    })

    it('a Bearer token passes', async () => {
      expect(await answer(await world.bearer())).toMatchObject(passed)
    })

    it('a proof passes, once', async () => {
      const headers = await world.dpop(`${ORIGIN}/x`)
      expect(await answer(headers)).toMatchObject(passed)
      expect(await answer(headers)).toEqual(replayed)
    })

    it('a proof for another URL is refused', async () => {
      expect(await answer(await world.dpop(`${ORIGIN}/y`))).toEqual(forAnotherUrl)
      expect(await answer(await world.dpop('https://evil.example.com/x'))).toEqual(forAnotherUrl)
    })

    it('two tokens or two proofs are refused, however the gateway hands them over', async () => {
      const [token] = await world.bearer()
      const [bound, proof] = await world.dpop(`${ORIGIN}/x`)
      if (token === undefined || bound === undefined || proof === undefined) throw new Error('no headers')
      expect((await answer([token, ['Authorization', 'Bearer x']])).status).not.toBe(200)
      // What of several lines the gateway or its adapter keeps is one line here.
      const kept = version === '1.0' ? [200, 400] : [400]
      expect(kept).toContain((await answer([bound, proof, proof])).status)
    })
  })
}
