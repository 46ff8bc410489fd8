import type { DecodedToken, JsonObject } from './decode.js'
import { issuerKind } from './issuer-kind.js'
import { inWords } from './times.js'

const DAY = 86_400
// Characters. Servers take 8 KiB for a header by default (nginx), or for all of them together.
const LARGE = 6000

/**
 * What is odd about a token, whatever API it is for. What this API would say is core's to tell: nothing here refuses.
 */
export function suspicions(token: string, { form, header, claims }: DecodedToken): readonly string[] {
  const large =
    token.length > LARGE ? [`${token.length} characters: proxies refuse headers beyond 8 KiB as a rule`] : []
  if (form !== 'jwt') return large
  return [...large, ...ofHeader(header), ...ofKind(header, claims), ...ofIssuer(claims), ...ofTimes(claims)]
}

function ofHeader({ alg, kid }: JsonObject): readonly string[] {
  const found: string[] = []
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') found.push('alg is none: anybody can write such a token')
  if (typeof alg === 'string' && alg.startsWith('HS')) {
    found.push(`alg is ${alg}: signed with a shared secret, so that every API which can verify can also issue`)
  }
  if (kid === undefined) found.push('no kid: which key signed it has to be guessed')
  return found
}

// OpenID Connect Core 1.0 §2 and §3.1.3.6: claims that ID tokens alone have.
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash']

function ofKind({ typ }: JsonObject, claims: JsonObject): readonly string[] {
  const { aud, azp, client_id: clientId, token_use: use, typ: kind } = claims
  const marks = OF_ID_TOKENS.filter((name) => claims[name] !== undefined)
  const isForClient = typeof aud === 'string' && (aud === azp || aud === clientId)
  if (use === 'id' || kind === 'ID') return ['an ID token, by its own words: it is for the client, and no API takes it']
  if (typeof typ === 'string' && /dpop\+jwt/i.test(typ)) return ['a DPoP proof, which goes into the DPoP header']
  if (typeof typ === 'string' && /logout\+jwt/i.test(typ)) return ['a logout token, which no API takes']
  if (marks.length === 0 && !isForClient) return []
  const why = [...marks.map((name) => `it has ${name}`), ...(isForClient ? ['its aud is the client'] : [])]
  return [`perhaps an ID token (${why.join(', ')}): an API wants the access token`]
}

function ofIssuer(claims: JsonObject): readonly string[] {
  const { iss, aud } = claims
  const found: string[] = []
  if (aud === undefined) found.push('no aud: it does not say which API it is for')
  if (typeof iss !== 'string') return ['no iss: nobody says who issued it', ...found]
  if (!URL.canParse(iss)) return [`iss is no URL: Auth0 and OpenID Connect have https://${iss}/`, ...found]
  // On loopback that is how issuers of tests are.
  if (/^http:\/\/(?!127\.0\.0\.1[:/]|localhost[:/]|\[::1\])/.test(iss))
    found.push('iss begins with http: its issuer is not told its public URL')
  // Auth0's issuers end in a slash, to the letter.
  if (issuerKind(claims) === 'Auth0' && !iss.endsWith('/')) found.push('iss lacks the slash at the end that Auth0 has')
  return found
}

function ofTimes({ exp, iat }: JsonObject): readonly string[] {
  if (typeof exp !== 'number') return ['no exp: it never ends']
  if (exp > 100_000_000_000) return ['exp is in milliseconds, where seconds are wanted']
  const life = typeof iat === 'number' ? exp - iat : 0
  return life > DAY ? [`good for ${inWords(life)}: whoever steals it has so long`] : []
}
