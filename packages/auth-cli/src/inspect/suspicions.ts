import type { DecodedToken, JsonObject } from './decode.js'
import { issuerKind } from './issuer-kind.js'
import { inWords } from './times.js'

const DAY = 86_400
// Characters. Servers take 8 KiB for a header by default (nginx), or for all of them together.
const LARGE = 6000

/** What is odd about a token. */
export interface Suspicion {
  readonly says: string
  readonly fix: string
  /** Whether it explains the refusals of core, and is to be told before them. */
  readonly explains?: true
  /** Whether it does so for a token whose form core refuses. */
  readonly isOfForm?: true
}

/**
 * What is odd about a token, whatever API it is for. What this API would say is core's to tell: nothing here refuses.
 */
export function suspicions(token: string, { form, header, claims }: DecodedToken): readonly Suspicion[] {
  const large = token.length > LARGE ? [tooLarge(token)] : []
  if (form !== 'jwt') return [...large, ...ofForm(token, form, header)]
  return [
    ...large,
    ...ofForm(token, form, header),
    ...ofHeader(header),
    ...ofKind(header, claims),
    ...ofIssuer(claims),
    ...ofTimes(claims),
  ]
}

function tooLarge({ length }: string): Suspicion {
  const fix = 'have the issuer put less into it: no groups, no profile; or raise the limit of each proxy'
  return { says: `${length} characters: proxies refuse headers beyond 8 KiB as a rule`, fix }
}

const FORM = { explains: true, isOfForm: true } as const
const FOR_API = 'have the client ask for an access token, with the audience of the API'

function ofForm(token: string, form: DecodedToken['form'], { cty }: JsonObject): readonly Suspicion[] {
  // SD-JWT (RFC 9901 §4).
  if (form !== 'encrypted' && /^[\w-]+\.[\w-]+\.[\w-]+~/.test(token))
    return [{ says: 'an SD-JWT, with disclosures: a credential, and no access token', fix: FOR_API, ...FORM }]
  // RFC 7519 §5.2.
  if (form === 'opaque' && typeof cty === 'string' && /^(?:application\/)?jwt$/i.test(cty)) {
    const fix = 'take the inner token out of it where it is verified; or switch nesting off at the issuer'
    return [{ says: 'a nested JWT: what is signed is another token', fix, ...FORM }]
  }
  return []
}

const SIGN = 'have the issuer sign access tokens with RS256 or ES256: in Auth0, the signing algorithm of the API'

function ofHeader({ alg, kid }: JsonObject): readonly Suspicion[] {
  const found: Suspicion[] = []
  if (typeof alg === 'string' && alg.toLowerCase() === 'none')
    found.push({ says: 'alg is none: anybody can write such a token', fix: SIGN, explains: true })
  if (typeof alg === 'string' && alg.startsWith('HS')) {
    const says = `alg is ${alg}: signed with a shared secret, so that every API which can verify can also issue`
    found.push({ says, fix: SIGN, explains: true })
  }
  if (kid === undefined)
    found.push({ says: 'no kid: which key signed it has to be guessed', fix: 'have the issuer name its keys' })
  return found
}

// OpenID Connect Core 1.0 §2 and §3.1.3.6: claims that ID tokens alone have.
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash']
const SEND = 'send access_token of the token response, and not id_token'

function ofKind({ typ }: JsonObject, claims: JsonObject): readonly Suspicion[] {
  const { aud, azp, client_id: clientId, token_use: use, typ: kind } = claims
  const marks = OF_ID_TOKENS.filter((name) => claims[name] !== undefined)
  const isForClient = typeof aud === 'string' && (aud === azp || aud === clientId)
  const isTyped = (name: RegExp): boolean => typeof typ === 'string' && name.test(typ)
  if (use === 'id' || kind === 'ID') {
    const says = 'an ID token, by its own words: it is for the client, and no API takes it'
    return [{ says, fix: SEND, explains: true }]
  }
  if (isTyped(/dpop\+jwt/i)) {
    const fix = 'send it as DPoP, and the access token as Authorization: DPoP …'
    return [{ says: 'a DPoP proof, which goes into the DPoP header', fix, explains: true }]
  }
  if (isTyped(/logout\+jwt/i))
    return [{ says: 'a logout token, which no API takes', fix: 'send the access token', explains: true }]
  if (kind === 'Refresh' || kind === 'Offline') {
    const fix = 'send access_token of the token response, and not refresh_token'
    return [{ says: 'a refresh token, by its own words: it is for the issuer alone', fix, explains: true }]
  }
  if (marks.length === 0 && !isForClient) return []
  const why = [...marks.map((name) => `it has ${name}`), ...(isForClient ? ['its aud is the client'] : [])]
  const says = `perhaps an ID token (${why.join(', ')}): an API wants the access token`
  return [{ says, fix: SEND, ...(isForClient && { explains: true }) }]
}

function ofIssuer(claims: JsonObject): readonly Suspicion[] {
  const { iss, aud } = claims
  const found: Suspicion[] = []
  if (aud === undefined) found.push({ says: 'no aud: it does not say which API it is for', fix: FOR_API })
  const ISSUER = 'mend the URL that the issuer gives itself'
  if (typeof iss !== 'string') return [{ says: 'no iss: nobody says who issued it', fix: ISSUER }, ...found]
  if (!URL.canParse(iss))
    return [{ says: `iss is no URL: Auth0 and OpenID Connect have https://${iss}/`, fix: ISSUER }, ...found]
  // On loopback that is how issuers of tests are.
  if (/^http:\/\/(?!127\.0\.0\.1[:/]|localhost[:/]|\[::1\])/.test(iss)) {
    const fix = 'tell the issuer its public URL: KC_HOSTNAME of Keycloak, and the headers of the proxy in front of it'
    found.push({ says: 'iss begins with http: its issuer is not told its public URL', fix })
  }
  // Auth0's issuers end in a slash, to the letter.
  if (issuerKind(claims) === 'Auth0' && !iss.endsWith('/'))
    found.push({ says: 'iss lacks the slash at the end that Auth0 has', fix: 'see who made it: it was not Auth0' })
  return found
}

// The year 5138 in seconds, and 1973 in milliseconds.
const MILLISECONDS = 100_000_000_000

function ofTimes({ exp, iat, nbf }: JsonObject): readonly Suspicion[] {
  const late = Object.entries({ iat, nbf, exp }).filter(([, time]) => typeof time === 'number' && time > MILLISECONDS)
  if (late.length > 0) {
    const names = late.map(([name]) => name).join(', ')
    const fix = 'have whoever makes the token write seconds: Math.floor(Date.now() / 1000)'
    return [{ says: `${names} is in milliseconds, where seconds are wanted`, fix, explains: true }]
  }
  const END = 'give access tokens a life of an hour or less at the issuer'
  if (typeof exp !== 'number') return [{ says: 'no exp: it never ends', fix: END, explains: true }]
  const life = typeof iat === 'number' ? exp - iat : 0
  return life > DAY ? [{ says: `good for ${inWords(life)}: whoever steals it has so long`, fix: END }] : []
}
