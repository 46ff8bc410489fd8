import { AuthClientError } from '../errors.js'
import type { Outgoing } from './outgoing.js'

/**
 * The request that a redirect asks for (Fetch §4.4): the proof is for the URL that is addressed, so each wants one of its own.
 *
 * @returns undefined for any other answer, and where the caller wants to see the redirect
 * @throws {AuthClientError} `redirect_refused`
 */
export function redirected(response: Response, request: Outgoing): Outgoing | undefined {
  if (response.type === 'opaqueredirect') {
    if (request.redirect === 'manual') return undefined
    throw refused('browsers do not tell where it leads: address the API by its final URL')
  }
  const location = response.headers.get('location')
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined
  if (request.redirect === 'manual') return undefined
  if (request.redirect === 'error') throw refused('the caller wants none')
  if (!URL.canParse(location, request.url.href)) throw refused('to what is no URL')
  const url = new URL(location, request.url)
  if (url.protocol !== request.url.protocol) throw refused(`from ${request.url.protocol} to ${url.protocol}`)
  if (url.username !== '' || url.password !== '') throw refused('to a URL with credentials')
  return follow(response.status, url, request)
}

function follow(status: number, url: URL, request: Outgoing): Outgoing {
  const { method } = request
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST'
  if (becomesGet) return request.to(url, 'GET', false)
  if (request.once) throw refused('of a body that can be sent once only')
  // What was meant for the API is not for whoever it names.
  const keepsBody = method !== 'GET' && method !== 'HEAD'
  if (keepsBody && url.origin !== request.url.origin) throw refused(`of a ${method} to another origin`)
  return request.to(url, method, keepsBody)
}

function refused(detail: string): AuthClientError {
  return new AuthClientError('redirect_refused', `redirect ${detail}`)
}
