import { isIP } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendJson } from './json-response.js'

export const controlPrefix = '/tenant/'

export interface Controlled {
  issuer: string
  audience: string
  legacyAudience: string
  clients: readonly object[]
  rotateKey(): Promise<void>
  sessionRevoked(subject: string): Promise<string>
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
  setAway(away: boolean): void
  demandNonces(required: boolean): void
}

/** Test control, for this machine only: shows the clients with their secrets, rotates the key, demands nonces, signs whatever a test wants refused. */
export async function answerControl(
  tenant: Controlled,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isFromThisMachine(request) || isFromAnotherOrigin(request)) {
    return sendJson(response, 403, { error: 'access_denied' })
  }
  switch (`${request.method} ${path}`) {
    case 'GET /tenant/clients': {
      const { issuer, audience, legacyAudience, clients } = tenant
      return sendJson(response, 200, { issuer, audience, legacyAudience, clients })
    }
    case 'POST /tenant/rotate':
      await tenant.rotateKey()
      return sendNothing(response)
    case 'POST /tenant/session-revoked': {
      const subject = new URLSearchParams(request.url?.split('?')[1]).get('subject')
      if (subject === null || subject === '') return sendJson(response, 400, { error: 'invalid_request' })
      return sendJson(response, 200, { event: await tenant.sessionRevoked(subject) })
    }
    case 'POST /tenant/sign': {
      const claims = await readClaims(request)
      if (claims === undefined) return sendJson(response, 400, { error: 'invalid_request' }, { connection: 'close' })
      return sendJson(response, 200, { token: await tenant.sign(claims) })
    }
    case 'POST /tenant/away':
    case 'POST /tenant/back':
      tenant.setAway(path === '/tenant/away')
      return sendNothing(response)
    case 'POST /tenant/nonces/required':
    case 'POST /tenant/nonces/off':
      tenant.demandNonces(path === '/tenant/nonces/required')
      return sendNothing(response)
    default:
      return sendJson(response, 404, { error: 'not_found' })
  }
}

const MOST_CHARACTERS = 8192

/** @returns undefined for what is no object, or too long */
async function readClaims(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | undefined> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MOST_CHARACTERS) return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function sendNothing(response: ServerResponse): void {
  response.writeHead(204, { 'cache-control': 'no-store' }).end()
}

// The Host header too: a web page can reach loopback by a DNS name of its own (rebinding).
function isFromThisMachine(request: IncomingMessage): boolean {
  const peer = request.socket.remoteAddress
  const host = URL.parse(`http://${request.headers.host ?? ''}`)?.hostname
  return isLoopback(peer) && (host === 'localhost' || isLoopback(host))
}

/** A form of any web page can be posted here; the browser says where it comes from (Fetch §3.1, Fetch Metadata §2.4). */
function isFromAnotherOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return headers.origin !== undefined && headers.origin !== `http://${headers.host}`
}

function isLoopback(host = ''): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '')
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
