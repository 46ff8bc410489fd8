import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'
import { sendRaw } from '@acme/auth-conformance'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createResourceServer } from '../../src/resource-server.js'
import { nodeResourceRequest } from '../../src/node/node-request.js'
import { AUDIENCE } from '../support.js'

// 0x21 to 0x7e: printable ASCII; letters and digits in one.
const ASCII = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))
const isAlphanumeric = (character: string): boolean => /[A-Za-z0-9]/.test(character)
const PRINTABLE = [...ASCII.filter((one) => !isAlphanumeric(one)), ASCII.filter(isAlphanumeric).join('')]

/**
 * What clients make of a character in the text of a URL, where they do not send it as it is. Seen with curl 7.88
 * (`--globoff --path-as-is`) and Chromium 156; Node's fetch and oauth4webapi send for themselves below.
 */
const CHROMIUM = {
  path: { '"': '%22', '<': '%3C', '>': '%3E', '\\': '/', '^': '%5E', '`': '%60', '{': '%7B', '|': '%7C', '}': '%7D' },
  query: { '"': '%22', "'": '%27', '<': '%3C', '>': '%3E' },
}
const CURL = { path: {}, query: {} }

const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE })
const key = await createTestKey('ES256')
const token = await issuer.accessToken({ jkt: key.thumbprint })
const resourceServer = createResourceServer({ issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch })

const server = createServer((request, response) => {
  const found = resourceServer.authenticate(nodeResourceRequest(request, { trustedHops: () => 0 }))
  void found.then((outcome) => response.end(outcome.ok ? 'accepted' : outcome.error.reason))
})
let host = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

function targetOf(place: 'path' | 'query', character: string): string {
  return place === 'path' ? `/users/auth0${character}1` : `/users?q=auth0${character}1`
}

async function headersFor(htu: string): Promise<Record<string, string>> {
  return { authorization: `DPoP ${token}`, dpop: await createProof({ key, url: htu, accessToken: token }) }
}

async function sent(target: string, htu: string): Promise<string> {
  const headers = [['Host', host] as const, ...Object.entries(await headersFor(htu))]
  return (await sendRaw(Number(host.split(':')[1]), { method: 'GET', target, headers })).body
}

// A backslash is a slash to some and a character to others; half an escape is nothing that servers agree on.
const refusedInPath: Readonly<Record<string, string>> = { '\\': 'url_unknown', '%': 'url_unknown' }

describe.each(['path', 'query'] as const)('a printable character in the %s', (place) => {
  const expected = (character: string): string =>
    (place === 'path' ? refusedInPath[character] : undefined) ?? 'accepted'

  it.each(PRINTABLE)('%s, as curl sends it', async (character) => {
    const sentAs: Readonly<Record<string, string>> = CURL[place]
    // Of `#` and what is behind it, nothing is sent.
    const [target = ''] = targetOf(place, sentAs[character] ?? character).split('#')
    expect(await sent(target, `http://${host}${targetOf(place, character)}`)).toBe(expected(character))
    if (expected(character) !== 'accepted') return
    // A client that made its htu with a URL parser, and left the request to another library.
    expect(await sent(target, new URL(`http://${host}${targetOf(place, character)}`).href)).toBe('accepted')
  })

  it.each(PRINTABLE)('%s, as Chromium sends it', async (character) => {
    const sentAs: Readonly<Record<string, string>> = CHROMIUM[place]
    const [target = ''] = targetOf(place, sentAs[character] ?? character).split('#')
    const typed = await sent(target, `http://${host}${targetOf(place, character)}`)
    // Not for the backslash, which the browser made a slash of.
    expect(typed).toBe(place === 'path' && character === '\\' ? 'proof_url' : expected(character))
    expect(await sent(target, `http://${host}${target}`)).toBe(
      character === '%' && place === 'path' ? 'url_unknown' : 'accepted',
    )
  })

  it.each(PRINTABLE)('%s, as fetch sends it', async (character) => {
    const url = `http://${host}${targetOf(place, character)}`
    const { href } = new URL(url)
    const answer = await fetch(url, { headers: await headersFor(href) })
    const half = place === 'path' && character === '%'
    expect(await answer.text()).toBe(half ? 'url_unknown' : 'accepted')
  })

  it('each, as oauth4webapi sends it and puts it into its proof', async () => {
    const keys = await oauth.generateKeyPair('ES256')
    const DPoP = oauth.DPoP({}, keys)
    const bound = await issuer.accessToken({ jkt: await DPoP.calculateThumbprint() })
    const answers = new Map<string, string>()
    for (const character of PRINTABLE) {
      const url = new URL(`http://${host}${targetOf(place, character)}`)
      const options = { DPoP, [oauth.allowInsecureRequests]: true }
      const answer = await oauth.protectedResourceRequest(bound, 'GET', url, new Headers(), null, options)
      answers.set(character, await answer.text())
    }
    const others = [...answers].filter(([, answer]) => answer !== 'accepted')
    expect(others).toEqual(place === 'path' ? [['%', 'url_unknown']] : [])
  })
})

it('white space, control characters and other alphabets in the path of htu stay refused', async () => {
  const url = `http://${host}/users/auth0`
  for (const character of [' ', '\t', '\r', '\n', '\0', '\x7f', '\u00e9', '\u2028']) {
    expect(await sent('/users/auth01', `${url}${character}1`), JSON.stringify(character)).toBe('proof_url')
  }
})
