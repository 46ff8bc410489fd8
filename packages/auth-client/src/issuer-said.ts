/** What an issuer said itself when it refused (RFC 6749 §4.1.2.1, §5.2): its words, and not ours. */
export interface IssuerSaid {
  /** The error code. */
  readonly error: string
  /** Where it gave one. At most 300 printable characters of ASCII. */
  readonly description?: string
}

/** What was sent, and must not come back. */
type Sent = readonly string[]

// By the answer, since that is what the library hands on with its errors.
const sentFor = /* @__PURE__ */ new WeakMap<Response, Sent>()

// Parameters that are no secret, and that an issuer names where it explains itself.
const PUBLIC: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    'grant_type client_id scope audience resource redirect_uri response_type client_assertion_type ' +
    'subject_token_type actor_token_type requested_token_type token_type_hint connection organization'
  ).split(' '),
)

/** Keeps in mind what the request of an answer carried, for as long as somebody has the answer. */
export function rememberSent(
  answer: Response,
  body: URLSearchParams | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  const inBody = [...(body ?? [])].flatMap(([name, value]) => (PUBLIC.has(name) ? [] : [value]))
  const inHeaders = Object.entries(headers).flatMap(([name, value]) => {
    if (name.toLowerCase() === 'dpop') return [value]
    return name.toLowerCase() === 'authorization' ? credentialsIn(value) : []
  })
  sentFor.set(answer, [...inBody, ...inHeaders])
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are put together. */
function credentialsIn(authorization: string): Sent {
  const [, encoded = ''] = authorization.split(' ')
  try {
    const [, secret = ''] = atob(encoded).split(':')
    return [encoded, secret, decodeURIComponent(secret.replaceAll('+', ' '))]
  } catch {
    return [encoded]
  }
}

/**
 * The words of an issuer, without what was sent to it, and without what has the form of a token or a secret: some issuers
 * quote the request.
 */
export function issuerSaid(
  { error, error_description: description }: { readonly error: unknown; readonly error_description?: unknown },
  answer?: Response,
): IssuerSaid | undefined {
  const sent = (answer === undefined ? undefined : sentFor.get(answer)) ?? []
  if (typeof error !== 'string') return undefined
  return {
    error: hidden(error, sent),
    ...(typeof description === 'string' && description !== '' && { description: hidden(description, sent) }),
  }
}

const HIDDEN = '(hidden)'
// Characters that are looked through, which takes time by their square: an answer may have 64 KiB.
const MOST_READ = 2000

function hidden(text: string, sent: Sent): string {
  // The longest first: a part of it would leave the rest.
  const known = [...new Set(sent.flatMap((one) => [one, encodeURIComponent(one)]))]
    .filter((one) => one !== '')
    .toSorted((one, other) => other.length - one.length)
  const without = bounded(known.reduce((rest, one) => rest.replaceAll(one, HIDDEN), text))
  // A compact JWS or JWE; then what is long and mixed, as nothing is that people write.
  const cut = without.replaceAll(/[\w-]{8,}(?:\.[\w-]*){2,4}/g, asToken).replaceAll(/[\w~+=-]{20,}/g, asToken)
  return cut.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300)
}

/** Without the word at the cut: the rest of a token has not the form of one. */
function bounded(text: string): string {
  return text.length <= MOST_READ ? text : text.slice(0, MOST_READ).replace(/\S+$/, HIDDEN)
}

function asToken(word: string): string {
  const isMixed = /\d/.test(word) && /[A-Z]/.test(word) && /[a-z]/.test(word)
  return isMixed || /^[0-9a-f]{20,}$/i.test(word) ? HIDDEN : word
}
