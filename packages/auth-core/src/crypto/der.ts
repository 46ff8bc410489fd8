// P-521 is the longest: a SEQUENCE header of 3 bytes, then twice an INTEGER header of 2 bytes, a zero and 66 bytes.
const der = new Uint8Array(160)
const LONGEST_HEADER = 3

/**
 * Converts an ECDSA signature from R || S (RFC 7518 §3.4) to the DER that OpenSSL takes (X.690 §8.3, §8.9). Converting
 * here is far cheaper than Node's own `dsaEncoding`. The result is a view of one buffer, valid until the next call.
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  const end = writeInteger(raw, half, raw.length, writeInteger(raw, 0, half, LONGEST_HEADER))
  const size = end - LONGEST_HEADER
  // X.690 §8.1.3.5: lengths from 128 on take the long form. Only P-521 reaches them.
  const start = size < 128 ? 1 : 0
  der[start] = 0x30
  if (start === 0) der[1] = 0x81
  der[LONGEST_HEADER - 1] = size
  return der.subarray(start, end)
}

/** Writes bytes, an unsigned big-endian number, as a DER INTEGER. @returns the index after it */
function writeInteger(bytes: Uint8Array, from: number, to: number, at: number): number {
  let start = from
  // X.690 §8.3.2: in as few bytes as possible; zero keeps its last byte.
  while (start < to - 1 && bytes[start] === 0) start++
  // X.690 §8.3.3: an INTEGER is signed, so an unsigned value with its high bit set gets a zero byte in front.
  const padding = (bytes[start] ?? 0) >= 0x80 ? 1 : 0
  let next = at
  der[next++] = 0x02
  der[next++] = padding + to - start
  if (padding === 1) der[next++] = 0
  for (let index = start; index < to; index++) der[next++] = bytes[index] ?? 0
  return next
}
