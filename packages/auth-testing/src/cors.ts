/** Answers a preflight: clients in browsers may come from anywhere (Fetch standard, CORS protocol). */
export function preflight(): Response {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST',
    // The wildcard does not cover Authorization. Libraries add headers of their own.
    'access-control-allow-headers': '*, authorization',
  }
  return new Response(null, { status: 204, headers })
}

/** Whether a request asks what a page may do. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}

/** Lets the page that asked read an answer, and the headers that a client needs; nothing for others. */
export function readable(request: Request, answer: Response): Response {
  if (!request.headers.has('origin')) return answer
  const readableAnswer = new Response(answer.body, answer)
  readableAnswer.headers.set('access-control-allow-origin', '*')
  readableAnswer.headers.set('access-control-expose-headers', 'Date, DPoP-Nonce, Retry-After, WWW-Authenticate')
  return readableAnswer
}
