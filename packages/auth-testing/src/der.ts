/** Rewrites an ECDSA signature from R and S side by side (RFC 7518 §3.4) as ASN.1 DER (RFC 3279 §2.2.3). */
export function ecdsaToDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const numbers = [...integer(signature.subarray(0, half)), ...integer(signature.subarray(half))]
  return Uint8Array.from([0x30, ...length(numbers.length), ...numbers])
}

function integer(bytes: Uint8Array): number[] {
  const start = bytes.findIndex((byte) => byte !== 0)
  const digits = [...bytes.subarray(start === -1 ? bytes.length - 1 : start)]
  // DER integers are signed: a leading one bit would make the number negative.
  const padded = (digits[0] ?? 0) > 0x7f ? [0, ...digits] : digits
  return [0x02, ...length(padded.length), ...padded]
}

// One byte up to 127; the signatures of P-521 need the long form, and never more than one byte of it.
function length(count: number): number[] {
  return count > 0x7f ? [0x81, count] : [count]
}
