import { configurationError } from '../options/option-checks.js'

/** The first `length` of these binary digits are what an address of the range begins with. */
export interface AddressRange {
  readonly bits: string
  readonly length: number
}

/** @returns whether an address, IPv4 or IPv6, is in one of the ranges; what is no address is in none */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const bits = addressBits(address)
  return (
    bits !== undefined &&
    ranges.some((range) => range.bits.length === bits.length && bits.startsWith(range.bits.slice(0, range.length)))
  )
}

/**
 * An address, or a range in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).
 *
 * @throws {TypeError} when it is neither
 */
export function parseRange(entry: string): AddressRange {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
  const bits = addressBits(address)
  const prefix = length === undefined ? bits?.length : Number(length)
  if (bits === undefined || prefix === undefined || prefix > bits.length) {
    throw configurationError('trustProxy', entry, "an address or range such as 'loopback' or '10.0.0.0/8'")
  }
  return { bits, length: prefix }
}

// RFC 3986 §3.2.2 dec-octet: without leading zeros, which some parsers take for octal.
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
// The characters of RFC 4291 §2.2. Of no others is a URL made below, so that nothing can end the brackets.
const IPV6 = /^(?=.*:)[0-9A-Fa-f:.]+$/

/** An address as 32 or 128 binary digits; IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2) counts as IPv4. */
function addressBits(address: string): string | undefined {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (IPV4.test(text))
    return text
      .split('.')
      .map((octet) => toBits(Number(octet), 8))
      .join('')
  if (!IPV6.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined
  // The parser has brought it to one form: at most one `::`, no dotted part.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...groups(tail)]
  return all.map((group) => toBits(Number.parseInt(group, 16), 16)).join('')
}

function toBits(value: number, width: number): string {
  return value.toString(2).padStart(width, '0')
}
