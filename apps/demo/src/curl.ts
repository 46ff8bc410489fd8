import type { Server } from './servers.js'
import { captureProof } from './tokens.js'
import type { Wallet } from './tokens.js'

/** A command for `sh`, and the status that it shows. */
export interface CurlLine {
  readonly title: string
  readonly status: number
  readonly command: string
}

/** Commands with fresh tokens and proofs, for each server and for the tenant. */
export async function curlLines(wallet: Wallet, tenant: Server, apis: readonly Server[]): Promise<CurlLine[]> {
  const token = await wallet.freshToken('reader')
  const bound = await wallet.freshToken('bound reader')
  const forApis = await Promise.all(apis.map((api) => apiLines(wallet, api, token, bound)))
  return [...forApis.flat(), ...tenantLines(wallet, tenant)]
}

export function formatCurlLines(lines: readonly CurlLine[]): string {
  return lines.map(({ title, status, command }) => `# ${title} → ${status}\n${command}`).join('\n\n')
}

async function apiLines(wallet: Wallet, { name, origin }: Server, token: string, bound: string): Promise<CurlLine[]> {
  const url = new URL('/api/private', origin)
  const proof = await captureProof(wallet, 'own', bound, 'GET', url)
  const bearer = `Authorization: Bearer ${token}`
  return [
    { title: `${name}: Bearer token`, status: 200, command: curl('-H', bearer, url.href) },
    {
      title: `${name}: Bearer token that lacks the scopes`,
      status: 403,
      command: curl('-X', 'DELETE', '-H', bearer, `${origin}/api/resource/1`),
    },
    {
      title: `${name}: DPoP token and proof, for about 5 minutes and once`,
      status: 200,
      command: curl('-H', `Authorization: DPoP ${bound}`, '-H', `DPoP: ${proof}`, url.href),
    },
  ]
}

function tenantLines(wallet: Wallet, { origin }: Server): CurlLine[] {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'reader',
    client_secret: wallet.secretOf('reader'),
    audience: wallet.audience,
  }
  const fields = Object.entries(form).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`])
  return [
    { title: "tenant: the clients' list", status: 200, command: curl(`${origin}/tenant/clients`) },
    { title: 'tenant: a token', status: 200, command: curl(...fields, `${origin}/oauth/token`) },
  ]
}

function curl(...args: readonly string[]): string {
  return ['curl', '-sS', '-i', ...args].map(quote).join(' ')
}

/** One word of a shell command: in single quotes only a single quote is special. */
export function quote(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
