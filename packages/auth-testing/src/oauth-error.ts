/** A refusal in OAuth's words (RFC 6749 §5.2). */
export class OAuthError extends Error {
  readonly code: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, description: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(description)
    this.name = 'OAuthError'
    this.code = code
    this.status = status
    this.headers = headers
  }
}

/** The answer that a refusal becomes. Any other error is a fault of the issuer's own, and is thrown on. */
export function refusal(error: unknown): Response {
  if (!(error instanceof OAuthError)) throw error
  const { code, message, status, headers } = error
  return uncached({ error: code, error_description: message }, status, headers)
}

/** A JSON answer that no cache keeps (RFC 6749 §5.1). */
export function uncached(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}
