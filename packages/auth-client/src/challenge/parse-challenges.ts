/** A challenge of `WWW-Authenticate` (RFC 9110 §11.6.1). */
export interface Challenge {
  /** In lower case: schemes are case-insensitive. */
  readonly scheme: string
  /** In place of parameters, for schemes such as Negotiate. */
  readonly token68: string | undefined
  /** By names in lower case; of one that stands there twice, the first. */
  readonly parameters: ReadonlyMap<string, string>
}

// Characters, and challenges: whoever answers chooses the header.
const MOST_TEXT = 16_384
const MOST_CHALLENGES = 32
const MOST_PARAMETERS = 64

// RFC 9110 §5.6.2 token, §5.6.4 quoted-string. No two neighbours of these match the same character: no backtracking.
const SPACE = /[ \t,]*/y
const PARAMETER =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/-]+))(?=[ \t,]|$)/y
const SCHEME = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+|(?=,)|$)/y
const TOKEN68 = /([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$))/y
const REST = /(?:"(?:[^"\\]|\\[^])*(?:"|$)|[^",])+/y

/**
 * Reads the challenges of a `WWW-Authenticate` field: several in one value, or of several lines that were joined, with
 * quoted strings and commas inside of them. What is malformed is skipped up to the next comma; nothing throws.
 *
 * @example
 * ```ts
 * import { parseChallenges } from '@acme/auth-client'
 *
 * const [bearer, dpop] = parseChallenges('Bearer realm="a, b", scope="read", DPoP algs="ES256 PS256"')
 * console.log(bearer?.parameters.get('scope'), dpop?.parameters.get('algs'))
 * ```
 */
export function parseChallenges(value: string | null | undefined): readonly Challenge[] {
  const text = value?.slice(0, MOST_TEXT) ?? ''
  const challenges: { scheme: string; token68: string | undefined; parameters: Map<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text) ?? undefined
    if (found !== undefined) at += found[0].length
    return found
  }
  for (take(SPACE); at < text.length; take(SPACE)) {
    const current = challenges.at(-1)
    const parameter = current === undefined ? undefined : take(PARAMETER)
    if (current !== undefined && parameter !== undefined) {
      const [, name = '', quoted, token = ''] = parameter
      const key = name.toLowerCase()
      const known = current.parameters
      if (!known.has(key) && known.size < MOST_PARAMETERS) known.set(key, quoted?.replaceAll(/\\([^])/g, '$1') ?? token)
      continue
    }
    const scheme = take(SCHEME)?.[1]
    if (scheme === undefined) {
      // At a quote that never ends nothing matches.
      if (take(REST) === undefined) break
      continue
    }
    if (challenges.length === MOST_CHALLENGES) break
    challenges.push({ scheme: scheme.toLowerCase(), token68: take(TOKEN68)?.[1], parameters: new Map() })
  }
  return challenges
}
