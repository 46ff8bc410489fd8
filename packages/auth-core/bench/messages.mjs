import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other valid ECDSA signature of the same text: (r, n - s).
 *
 * @param {string} jws
 */
function highSTwin(jws) {
  const end = jws.lastIndexOf('.') + 1
  const signature = Buffer.from(jws.slice(end), 'base64url')
  const s = ORDER - BigInt(`0x${signature.subarray(32).toString('hex')}`)
  Buffer.from(s.toString(16).padStart(64, '0'), 'hex').copy(signature, 32)
  return jws.slice(0, end) + signature.toString('base64url')
}

/**
 * A pool of requests, good and bad, with tokens of each key, and proofs.
 *
 * @param {{ issuer: string, audience: string, start: number, keys: readonly import('@acme/auth-testing').TestKey[] }} options
 */
export async function createMessages({ issuer, audience, start, keys }) {
  const own = await createTestIssuer({ issuer, audience, algorithm: 'ES256', now: () => start })
  const [client, stranger] = await Promise.all([createTestKey('ES256'), createTestKey('ES256')])
  const long = { expiresIn: 100_000, scope: 'a' }
  const bound = { ...long, jkt: client.thumbprint }
  /** @type {Readonly<Record<string, import('@acme/auth-testing').AccessTokenOptions>>} */
  const kinds = {
    long,
    short: { expiresIn: 40 },
    middle: { expiresIn: 250, scope: 'a b' },
    expired: { expiresIn: -60 },
    later: { ...long, claims: { nbf: start + 50 } },
    future: { ...long, claims: { iat: start + 120 } },
    'without kid': { ...long, header: { kid: undefined } },
    'with an unknown kid': { ...long, header: { kid: 'unknown' } },
    legacy: { ...long, header: { typ: 'JWT' }, claims: { client_id: undefined } },
    'for another': { ...long, claims: { aud: 'https://other.test/' } },
    'of another': { ...long, claims: { iss: 'https://evil.test/' } },
    flipped: { ...long, signature: 'flipped' },
    unsigned: { ...long, signature: 'none' },
    der: { ...long, signature: 'der' },
    bound,
    'bound for short': { ...bound, expiresIn: 150 },
    stranger: { ...long, jkt: stranger.thumbprint },
  }

  /** @param {string} accessToken */
  async function proofsFor(accessToken) {
    /** @type {readonly Partial<import('@acme/auth-testing').ProofOptions>[]} */
    const variants = [
      {},
      { header: { kid: 'a' } },
      { method: 'POST' },
      { url: 'https://api.test/other' },
      { url: 'HTTPS://API.test:443/%69tems?a' },
      { claims: { ath: undefined } },
      { claims: { jti: '' } },
      { key: stranger },
      { signature: 'flipped' },
    ]
    const all = variants.flatMap((options) =>
      [0, 0, 100, 350, -400].map(async (seconds, index) => {
        const claims = { jti: String(index), ...options.claims }
        const base = { key: client, url: 'https://api.test/items', accessToken, now: start + seconds }
        return createProof({ ...base, ...options, claims })
      }),
    )
    const proofs = await Promise.all(all)
    return [...proofs, ...proofs.slice(0, 3), ...proofs.slice(0, 3), highSTwin(proofs[0] ?? ''), `${proofs[0]}A`]
  }

  const tokens = []
  for (const [index, key] of keys.entries()) {
    for (const [name, options] of Object.entries(kinds)) {
      const claims = { jti: `${name} ${index}`, ...options.claims }
      const text = await own.accessToken({ ...options, key, claims })
      const token = { name: `${name} ${index}`, text, proofs: name.startsWith('bound') ? await proofsFor(text) : [] }
      tokens.push(token)
      // What can be remembered, more often.
      if (!['long', 'short', 'middle', 'bound', 'bound for short'].includes(name)) continue
      tokens.push(token, token, { ...token, text: highSTwin(text) }, { ...token, text: `${text.slice(0, -2)}AA` })
    }
  }

  return (/** @type {import('./random.mjs').Random} */ random) => {
    const { name, text, proofs } = random.pick(tokens)
    const usual = proofs.length > 0 ? 'DPoP' : 'Bearer'
    const scheme = random.chance(0.95) ? usual : random.pick(['DPoP', 'Bearer'])
    const dpop = proofs.length > 0 && random.chance(0.95) ? random.pick(proofs) : undefined
    return { name, authorization: `${scheme} ${text}`, dpop, scope: random.chance(0.3) }
  }
}
