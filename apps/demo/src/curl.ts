import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { captureProof } from './tokens.js'
import type { Wallet } from './tokens.js'

/** A command for `sh`, and the status that it shows. */
export interface CurlLine {
  readonly title: string
  readonly status: number
  readonly command: string
}

const BEARER = '-H "Authorization: Bearer $TOKEN"'
const DPOP = '-H "Authorization: DPoP $BOUND" -H "DPoP: $(curl -sS "$PROOF?url=$URL/api/private")"'

/** Short enough to be read: tokens are in variables, and a helper makes a fresh proof for each call. */
export const CURL_LINES: readonly CurlLine[] = [
  { title: 'nothing', status: 401, command: 'curl -sS -i $URL/api/private' },
  { title: 'a Bearer token', status: 200, command: `curl -sS -i ${BEARER} $URL/api/private` },
  {
    title: 'a Bearer token that lacks the scopes',
    status: 403,
    command: `curl -sS -i -X DELETE ${BEARER} $URL/api/resource/1`,
  },
  { title: 'a DPoP token and a fresh proof', status: 200, command: `curl -sS -i ${DPOP} $URL/api/private` },
  {
    title: 'the same token without a proof',
    status: 401,
    command: 'curl -sS -i -H "Authorization: Bearer $BOUND" $URL/api/private',
  },
]

/** Variables for `sh`. */
export function curlVariables(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

export function formatCurlLines(lines: readonly CurlLine[]): string {
  return lines.map(({ title, status, command }) => `# ${title} → ${status}\n${command}`).join('\n\n')
}

/** Makes proofs of the own key for a token that is bound to it, at `?url=…&method=…` on loopback. @returns its URL, and its end */
export async function startProofs(
  wallet: Wallet,
  token: string,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
    const url = query.get('url') ?? ''
    if (!URL.canParse(url)) return void response.writeHead(400).end('want ?url=http://… and perhaps &method=POST')
    captureProof(wallet, 'own', token, query.get('method') ?? 'GET', new URL(url)).then(
      (proof) => response.end(proof),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  return { url: `http://127.0.0.1:${port}/proof`, close: () => void server.close() }
}
