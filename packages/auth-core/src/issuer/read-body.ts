import { FetchError } from './fetch-error.js'

const MAX_BYTES = 512 * 1024

/** Reads a body of at most 512 KiB. @throws {FetchError} when it is longer, or has chunks that are no bytes */
export async function readBody(url: string, response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  let read = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const chunk = bytesOf(next.value)
    if (chunk === undefined) throw new FetchError(`${url}: its body is no bytes`)
    chunks.push(chunk)
    length += chunk.length
    // An empty chunk counts as a byte. An endless stream of them would otherwise never leave the microtask queue, and
    // so never let the time limit fire.
    read += Math.max(1, chunk.length)
    if (read > MAX_BYTES) {
      await reader.cancel()
      throw new FetchError(`${url}: more than ${MAX_BYTES} bytes`)
    }
  }
  const body = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

/** Works across realms, such as a `vm` context, where `instanceof Uint8Array` is false. */
function bytesOf(value: unknown): Uint8Array | undefined {
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined
}
