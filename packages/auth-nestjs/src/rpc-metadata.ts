import type { CredentialsRequest } from './call.js'
import { ask, isObject, member } from './object.js'

// The payload is the application's: a field of that name in it is no credential.
const NAMES = new Set(['authorization', 'dpop', 'x-request-id'])

type Entry = readonly [name: string, value: unknown]

// One for each message, since the caller is attached to it.
const requests = new WeakMap<object, CredentialsRequest>()

/**
 * The metadata of a message in the form of a request: of gRPC, NATS, Kafka, RabbitMQ, MQTT 5, and of TCP and Redis since
 * Nest 12. Undefined for a transport that has none.
 */
export function metadataRequest(context: unknown): CredentialsRequest | undefined {
  const entries = metadataOf(context)
  if (entries === undefined || !isObject(context)) return undefined
  const made = requests.get(context) ?? { headers: headersOf(entries) }
  requests.set(context, made)
  return made
}

function headersOf(entries: readonly Entry[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {}
  for (const [name, value] of entries) {
    const known = name.toLowerCase()
    if (NAMES.has(known)) (headers[known] ??= []).push(...textsOf(value))
  }
  return headers
}

function metadataOf(context: unknown): readonly Entry[] | undefined {
  // gRPC: the context is its Metadata.
  if (has(context, 'getMap')) return [...NAMES].map((name): Entry => [name, ask(context, 'get', name)])
  if (has(context, 'getHeaders')) return natsEntries(ask(context, 'getHeaders'))
  if (has(context, 'getMessage')) {
    const message = ask(context, 'getMessage')
    return entriesOf(member(message, 'headers') ?? member(member(message, 'properties'), 'headers'))
  }
  if (has(context, 'getPacket')) {
    return entriesOf(member(member(ask(context, 'getPacket'), 'properties'), 'userProperties'))
  }
  return has(context, 'getMetadata') ? entriesOf(ask(context, 'getMetadata')) : undefined
}

function has(context: unknown, method: string): boolean {
  return typeof member(context, method) === 'function'
}

/** NATS has the headers of a message in an object of its own, if it has any. */
function natsEntries(headers: unknown): readonly Entry[] {
  const names: unknown = ask(headers, 'keys')
  if (!Array.isArray(names)) return entriesOf(headers)
  return names.map(String).map((name): Entry => [name, ask(headers, 'values', name)])
}

function entriesOf(headers: unknown): readonly Entry[] {
  return isObject(headers) ? Object.entries(headers) : []
}

/** Kafka has bytes, others text; lists where a name came more than once. */
function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values
    .map((one) => (one instanceof Uint8Array ? new TextDecoder().decode(one) : one))
    .filter((one) => typeof one === 'string')
}
