import { parseTargetUrl } from '../public-url/htu.js'
import type { TargetUrl } from '../public-url/htu.js'
import { configurationError } from './option-checks.js'
import { isPlainPrefix } from '../public-url/forwarded-prefix.js'

/** How clients address this API, said outright: what is put in front of the path of each request. */
export interface GivenBase {
  readonly scheme: TargetUrl['scheme']
  readonly authority: string
  /** Without a slash at its end: empty for the root. */
  readonly prefix: string
}

/**
 * The `publicUrl` option, beside `publicOrigins` in the form that public URLs are compared in.
 *
 * @throws {TypeError} when it is no plain http URL, or none of the origins
 */
export function resolvePublicUrl(given: unknown, publicOrigins: readonly string[]): GivenBase | undefined {
  if (given === undefined) return undefined
  const text = typeof given === 'string' ? given : ''
  const url = parseTargetUrl(text)
  // As written: an escape or a dot segment would be normalised away, and says something else than meant.
  const [, path] = /^[^/]*\/\/[^/?#]*(.*)$/.exec(text) ?? []
  if (url === undefined || path === undefined || (path !== '' && !isPlainPrefix(path))) {
    throw configurationError(
      'publicUrl',
      given,
      "a URL such as 'https://api.example.com/v1', without query and escapes",
    )
  }
  const { scheme, authority } = url
  if (publicOrigins.length > 0 && !publicOrigins.includes(`${scheme}://${authority}`)) {
    throw configurationError('publicUrl', given, `a URL of one of publicOrigins: ${publicOrigins.join(', ')}`)
  }
  return Object.freeze({ scheme, authority, prefix: url.path.replace(/\/$/, '') })
}
