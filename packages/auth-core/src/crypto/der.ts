// P-521 is the longest: a SEQUENCE header of 3 bytes, then twice an INTEGER header of 2 bytes, a zero and 66 bytes.
const der = new Uint8Array(160)

/**
 * Converts an ECDSA signature from R || S (RFC 7518 §3.4) to the DER that OpenSSL takes (X.690 §8.3, §8.9). Converting
 * here is far cheaper than Node's own `dsaEncoding`. The result is a view of one buffer, valid until the next call.
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  const { length } = raw
  const half = length / 2
  const r = firstSignificant(raw, 0, half)
  const s = firstSignificant(raw, half, length)
  const size = integerSize(raw, r, half) + integerSize(raw, s, length)
  let at = 0
  der[at++] = 0x30
  // X.690 §8.1.3.5: lengths from 128 on take the long form. Only P-521 reaches them.
  if (size >= 128) der[at++] = 0x81
  der[at++] = size
  at = writeInteger(raw, r, half, at)
  at = writeInteger(raw, s, length, at)
  return der.subarray(0, at)
}

/** The index of the first significant byte of an unsigned big-endian number; zero keeps its last byte. */
function firstSignificant(bytes: Uint8Array, from: number, to: number): number {
  let start = from
  while (start < to - 1 && bytes[start] === 0) start++
  return start
}

/** The bytes of a DER INTEGER: header, sign padding, value. */
function integerSize(bytes: Uint8Array, from: number, to: number): number {
  return 2 + padding(bytes, from) + to - from
}

/** X.690 §8.3.3: an INTEGER is signed, so an unsigned value with its high bit set gets a zero byte in front. */
function padding(bytes: Uint8Array, from: number): 0 | 1 {
  return (bytes[from] ?? 0) >= 0x80 ? 1 : 0
}

/** Writes a DER INTEGER. @returns the index after it */
function writeInteger(bytes: Uint8Array, from: number, to: number, at: number): number {
  let next = at
  der[next++] = 0x02
  der[next++] = padding(bytes, from) + to - from
  if (padding(bytes, from) === 1) der[next++] = 0
  for (let index = from; index < to; index++) der[next++] = bytes[index] ?? 0
  return next
}
