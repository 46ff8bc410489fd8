/** A body in parts: a web stream, a Node request, or any other sequence of bytes. */
export type Parts = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>

/** There is more than was allowed; what came is dropped. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/**
 * Reads all of it.
 *
 * @param most - bytes
 * @throws {TooLarge}
 */
export async function readBounded(body: Parts | undefined, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (body === undefined) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let read = 0
  const parts = partsOf(body)
  for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
    const chunk = bytesOf(part.value)
    // An empty chunk counts as a byte: an endless stream of them would never end.
    read += Math.max(1, chunk.length)
    if (read > most) {
      await parts.stop()
      throw new TooLarge(`more than ${most} bytes`)
    }
    chunks.push(chunk)
  }
  return joined(chunks)
}

interface Reading {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  stop(): Promise<void>
}

function partsOf(body: Parts): Reading {
  if ('getReader' in body) {
    const reader = body.getReader()
    return { next: () => reader.read(), stop: () => reader.cancel() }
  }
  const parts = body[Symbol.asyncIterator]()
  // Not `return`: it would destroy a Node request, and with it the connection for the answer.
  return { next: () => parts.next(), stop: () => Promise.resolve() }
}

/** Of whatever realm, where `instanceof Uint8Array` is false. */
function bytesOf(part: unknown): Uint8Array {
  if (typeof part === 'string') return new TextEncoder().encode(part)
  if (!ArrayBuffer.isView(part)) throw new TypeError('a body that is no bytes')
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
