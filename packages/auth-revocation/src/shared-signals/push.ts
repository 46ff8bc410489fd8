import { emptyAnswer, headerOf, jsonAnswer, textOf, typeOf } from '../http/request.js'
import type { HttpAnswer, HttpRequest } from '../http/request.js'
import { Unavailable } from '../http/unavailable.js'
import { wrong } from './options.js'
import type { SharedSignalsOptions } from './options.js'
import type { Receiver } from './receiver.js'
import { SetError } from './set-error.js'
import { malformed, MAX_SET } from './verify-set.js'

/** Answers whoever pushes (RFC 8935). */
export type Receive = (request: HttpRequest) => Promise<HttpAnswer>

export function createReceive(authorization: SharedSignalsOptions['authorization'], receiver: Receiver): Receive {
  const isAuthorized = authorizer(authorization)

  /** @throws {SetError} */
  async function textOfEvent(request: HttpRequest): Promise<string> {
    // Before the body: who may not push has no memory either.
    if (!(await isAuthorized(headerOf(request, 'authorization')))) {
      throw new SetError('authentication_failed', 'the Authorization header is not the one of the stream')
    }
    if (typeOf(request) !== 'application/secevent+jwt') throw malformed('want application/secevent+jwt')
    const text = await textOf(request, MAX_SET)
    if (text === undefined) throw malformed(`want a body of at most ${MAX_SET} bytes that nobody has parsed`)
    return text
  }

  async function accept(request: HttpRequest): Promise<void> {
    let text: string
    try {
      text = await textOfEvent(request)
    } catch (error) {
      if (error instanceof SetError) receiver.refused(error)
      throw error
    }
    await receiver.accept(text)
  }

  return async (request) => {
    if (request.method !== 'POST') return emptyAnswer(405, { allow: 'POST' })
    try {
      await accept(request)
      return emptyAnswer(202)
    } catch (error) {
      // RFC 8935 §2.3: the description is in English.
      if (error instanceof SetError) {
        const { code: err, message: description } = error
        return jsonAnswer(400, { err, description }, { 'content-language': 'en' })
      }
      // Ours: it is to come again.
      return emptyAnswer(503, { 'retry-after': String(error instanceof Unavailable ? error.retryAfter : 5) })
    }
  }
}

function authorizer(
  authorization: SharedSignalsOptions['authorization'],
): (header: string | undefined) => boolean | Promise<boolean> {
  if (authorization === undefined) return () => true
  if (typeof authorization === 'function') return async (header) => (await authorization(header)) === true
  if (typeof authorization !== 'string' || authorization === '') throw wrong('authorization', 'text, or a function')
  return async (header) => isSame(await digestOf(header ?? ''), await digestOf(authorization))
}

/** Of digests, whose bytes tell nothing of the secret, and in the same time wherever they differ. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0)
  return difference === 0
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
