/** How an access token differs from a good one. */
export interface TokenOptions {
  readonly scope?: string
  readonly claims?: Record<string, unknown>
  /** The thumbprint of the key that it is bound to. */
  readonly jkt?: string
  /** Seconds. */
  readonly expiresIn?: number
}

export interface ProofOptions {
  readonly method: string
  readonly url: string
  readonly accessToken: string
  readonly nonce?: string
  /** Seconds since the epoch, for `iat`. */
  readonly now?: number
}

/** The issuer and the client's key, from whatever test kit is at hand. */
export interface SuiteTools {
  readonly issuer: string
  readonly audience: string
  /** Of the client's DPoP key. */
  readonly thumbprint: string
  accessToken(options: TokenOptions): Promise<string>
  proof(options: ProofOptions): Promise<string>
}

/** What a request is sent with. */
export interface Credentials {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: TokenOptions
  /** Whether the token is bound to the client's key. Default: with the scheme DPoP. */
  readonly bound?: boolean
  /** What the proof is for, where that differs from the request; false for none. */
  readonly proof?:
    | false
    | { readonly method?: string; readonly url?: string; readonly nonce?: string; readonly now?: number }
}

export interface SentHeaders {
  readonly token: string
  readonly headers: Readonly<Record<string, string>>
}

export async function credentialHeaders(
  tools: SuiteTools,
  { scheme, token: options, bound = scheme === 'DPoP', proof = scheme === 'DPoP' && {} }: Credentials,
  request: { readonly method: string; readonly url: string },
): Promise<SentHeaders> {
  const token = await tools.accessToken({ ...options, ...(bound && { jkt: tools.thumbprint }) })
  const authorization = `${scheme} ${token}`
  if (proof === false) return { token, headers: { authorization } }
  const dpop = await tools.proof({ ...request, ...proof, accessToken: token })
  return { token, headers: { authorization, dpop } }
}
