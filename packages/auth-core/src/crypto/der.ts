// P-521 needs the most: 3 bytes of head, and twice 2 bytes of head, a zero and 66 bytes.
const der = new Uint8Array(160)

/**
 * ECDSA's r and s, side by side (RFC 7518 §3.4), as the DER that OpenSSL takes (X.690 §8.3, §8.9). Converting here is far
 * cheaper than having OpenSSL do it. Valid until the next call.
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  const { length } = raw
  const half = length / 2
  const r = leadingZeros(raw, 0, half)
  const s = leadingZeros(raw, half, length)
  const size = integerSize(raw, r, half) + integerSize(raw, s, length)
  let at = 0
  der[at++] = 0x30
  // Long form of the length from 128 on, which P-521 reaches.
  if (size >= 128) der[at++] = 0x81
  der[at++] = size
  at = writeInteger(raw, r, half, at)
  at = writeInteger(raw, s, length, at)
  return der.subarray(0, at)
}

/** Where an unsigned big-endian number begins: at its last byte at the latest. */
function leadingZeros(bytes: Uint8Array, from: number, to: number): number {
  let start = from
  while (start < to - 1 && bytes[start] === 0) start++
  return start
}

/** With its head, and a zero before a high bit. */
function integerSize(bytes: Uint8Array, from: number, to: number): number {
  return 2 + padding(bytes, from) + to - from
}

function padding(bytes: Uint8Array, from: number): 0 | 1 {
  return (bytes[from] ?? 0) >= 0x80 ? 1 : 0
}

/** A DER INTEGER. @returns where the next one goes */
function writeInteger(bytes: Uint8Array, from: number, to: number, at: number): number {
  let next = at
  der[next++] = 0x02
  der[next++] = padding(bytes, from) + to - from
  if (padding(bytes, from) === 1) der[next++] = 0
  for (let index = from; index < to; index++) der[next++] = bytes[index] ?? 0
  return next
}
