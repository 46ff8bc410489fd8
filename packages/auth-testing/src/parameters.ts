import { OAuthError } from './oauth-error.js'

/** Of a request to an endpoint. More is refused: what the issuer keeps of a request is bounded by it. */
export const MAX_BODY_BYTES = 65_536

/** RFC 8707 §2 lets a request name several; Auth0's `audience` is treated alike. */
const REPEATABLE = ['resource', 'audience']

/** The parameters of one request. */
export class Parameters {
  readonly #search: URLSearchParams

  /** @throws {OAuthError} for one that comes twice (RFC 6749 §3.1, §3.2) */
  constructor(search: URLSearchParams) {
    this.#search = search
    const twice = [...search.keys()].find((name) => !REPEATABLE.includes(name) && search.getAll(name).length > 1)
    if (twice !== undefined) throw new OAuthError('invalid_request', 'a parameter comes more than once')
  }

  /** One without a value counts as omitted (RFC 6749 §3.1, §3.2). */
  get(name: string): string | undefined {
    return this.#search.get(name) || undefined
  }

  /** @throws {OAuthError} when it is missing */
  need(name: string): string {
    const value = this.get(name)
    if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing`)
    return value
  }

  all(name: string): string[] {
    return this.#search.getAll(name).filter((value) => value !== '')
  }

  /** A copy. */
  search(): URLSearchParams {
    return new URLSearchParams(this.#search)
  }

  /** All of them, those that come more than once with spaces between. */
  record(): Record<string, string> {
    return Object.fromEntries([...this.#search.keys()].map((name) => [name, this.#search.getAll(name).join(' ')]))
  }
}

/** Reads the form that a client posted. @throws {OAuthError} for anything else, and for too much of it */
export async function readForm(request: Request): Promise<Parameters> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw new OAuthError('invalid_request', 'the body is no form')
  const text = await request.text()
  if (text.length > MAX_BODY_BYTES) throw new OAuthError('invalid_request', 'the body is too large', 413)
  return new Parameters(new URLSearchParams(text))
}

/** What stands between spaces (RFC 6749 §3.3), each once. */
export function words(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))]
}
