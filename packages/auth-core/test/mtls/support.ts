/** What has the outer form of a certificate, with that many bytes inside. */
export function derOf(size: number, filling = 0x5a): Uint8Array {
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Uint8Array.from([0x30, ...length, ...Array.from({ length: size }, () => filling)])
}

/** The same as PEM (RFC 7468 §5.1). */
export function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
