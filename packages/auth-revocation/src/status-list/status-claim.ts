import { isObject, member } from '../http/text.js'
import { isSafeUrl } from '../http/url.js'

/** Where the status of a token is (draft-ietf-oauth-status-list §6.2). */
export interface StatusReference {
  readonly index: number
  readonly uri: string
}

/** @returns `undefined` where there is no status list, `'malformed'` where there is something else */
export function statusReference(claims: Readonly<Record<string, unknown>>): StatusReference | 'malformed' | undefined {
  const status = member(claims, 'status')
  if (status === undefined) return undefined
  if (!isObject(status)) return 'malformed'
  const list = member(status, 'status_list')
  // Another mechanism may be there (§6.1), which is not this one's to judge.
  if (list === undefined) return undefined
  if (!isObject(list)) return 'malformed'
  const [index, uri] = [member(list, 'idx'), member(list, 'uri')]
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0 || typeof uri !== 'string')
    return 'malformed'
  return { index, uri }
}

/**
 * Whether a list may be fetched from there. By the URL as it is fetched: `https://a/lists/../x` is none of `https://a/lists/`.
 *
 * @param allowed - URLs, or beginnings of URLs that end with `/`
 */
export function isAllowed(uri: string, allowed: readonly string[]): boolean {
  if (!isSafeUrl(uri)) return false
  const { href } = new URL(uri)
  return allowed.some((each) =>
    each.endsWith('/') ? href.startsWith(new URL(each).href) : href === new URL(each).href,
  )
}
