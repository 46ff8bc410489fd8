import { attack, honest } from './case.js'
import type { ContractCase } from './contract.js'
import type { Expected } from './expectations.js'
import { urlUnknown } from './refusals.js'
import type { ContractClient } from './client.js'
import type { RawRequest } from './raw-http.js'

export type Header = readonly [name: string, value: string]

export const PROTO: Header = ['X-Forwarded-Proto', 'https']
export const HOST: Header = ['X-Forwarded-Host', 'api.example.com']
/** The URL that these two make of a request to `/any`. */
export const PUBLIC = 'https://api.example.com/any'

/** The answer where the URL cannot be determined. */
export const unknownUrl: Expected = urlUnknown({ scheme: 'DPoP' })

/** A request with a proof for `url`, sent to `target` with these headers besides; a Host among them replaces ours. */
export async function addressed(
  c: ContractClient,
  url: string,
  headers: readonly Header[] = [],
  target = '/any',
): Promise<RawRequest> {
  const proof = await c.dpopHeaders(target, { url })
  const request = c.request(target, [...proof, ...headers])
  const hasOwnHost = headers.some(([name]) => name === 'Host')
  return hasOwnHost ? { ...request, headers: request.headers.slice(1) } : request
}

/** Behind a trusted proxy that sends these headers, a proof for this URL. */
export function behind(name: string, expected: Expected, url: string, headers: readonly Header[]): ContractCase {
  const make = expected.status === 200 ? honest : attack
  return make(`proxy: ${name}`, expected, (c) => addressed(c, url, headers), { configuration: 'proxied' })
}
