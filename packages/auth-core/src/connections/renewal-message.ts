import { isPlainObject } from '../util/json.js'
import type { RenewalCredentials } from './connection-types.js'

// Characters: a token of 16 KiB, and what is around it.
const LONGEST = 20 * 1024
const decoder = new TextDecoder()

/** What a message of the client is to us: `other`, the application's; or what it renews by, which may be anything. */
export type ClientMessage = 'other' | RenewalCredentials

/** Reads `{ "event": "auth0.renew", "data": { "token": "…" } }`, as text, as bytes, or parsed by a framework. */
export function readMessage(message: unknown): ClientMessage {
  const given = typeof message === 'object' && message !== null && !isBinary(message) ? message : parsed(message)
  if (!isPlainObject(given) || given['event'] !== 'auth0.renew') return 'other'
  const { data } = given
  return isPlainObject(data) ? data : {}
}

function isBinary(message: object): message is ArrayBuffer | ArrayBufferView {
  return message instanceof ArrayBuffer || ArrayBuffer.isView(message)
}

/** Only what may be ours is parsed: other messages cost a search in their first characters. */
function parsed(message: unknown): unknown {
  const text = textOf(message)
  if (text === undefined || !text.includes('auth0.renew')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message.length <= LONGEST ? message : undefined
  if (typeof message !== 'object' || message === null || !isBinary(message)) return undefined
  return message.byteLength <= LONGEST ? decoder.decode(message) : undefined
}
