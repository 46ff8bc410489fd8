import { isObject } from './verify-jwt.js'

/** An answer with other members, or a redirect with other parameters. */
export async function changedAnswer(answer: Response, change: Readonly<Record<string, unknown>>): Promise<Response> {
  const location = answer.headers.get('location')
  if (location !== null) return changedRedirect(answer, location, change)
  if (!answer.ok) return answer
  const body: unknown = await answer.json()
  // JSON drops what is undefined.
  const changed = isObject(body) ? { ...body, ...change } : body
  return Response.json(changed, { status: answer.status, headers: answer.headers })
}

function changedRedirect(answer: Response, location: string, change: Readonly<Record<string, unknown>>): Response {
  const url = new URL(location)
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) url.searchParams.delete(name)
    else url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const headers = new Headers(answer.headers)
  headers.set('location', url.href)
  return new Response(null, { status: answer.status, headers })
}
