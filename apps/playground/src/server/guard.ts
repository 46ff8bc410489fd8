import type { IncomingMessage } from 'node:http'

/** A refusal of this server itself. */
export class ControlError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// A token has 16 KiB at most, and there may be two in a request.
const MOST_CHARACTERS = 65_536

/**
 * What the page has posted. A page of anybody can reach loopback by a name of its own (DNS rebinding): `Host` has to be this
 * server. And it can post a form: so the browser has to say that the request is from this origin, and the content is JSON,
 * which no form is.
 *
 * @param origin - of this server
 * @throws {ControlError}
 */
export async function readControl(
  request: IncomingMessage,
  origin: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { headers, method } = request
  const site = headers['sec-fetch-site'] ?? 'same-origin'
  if (`http://${headers.host}` !== origin) throw new ControlError(403, 'Host is not this server')
  if (headers.origin !== origin || site !== 'same-origin') throw new ControlError(403, 'not from this origin')
  if (method !== 'POST') throw new ControlError(405, 'want POST')
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) throw new ControlError(415, 'want JSON')
  return objectOf(await textOf(request))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MOST_CHARACTERS) throw new ControlError(413, 'too long')
  }
  return text
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // As below.
  }
  throw new ControlError(400, 'want a JSON object')
}
