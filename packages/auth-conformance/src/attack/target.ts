import { lookup } from 'node:dns/promises'
import { BlockList, connect, isIP } from 'node:net'

import type { RawAddress } from '../contract/raw-http.js'

/** What is attacked. */
export interface AttackTarget {
  /** Without a slash at the end. */
  readonly origin: string
  /** As the Host header has it. */
  readonly host: string
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  readonly address: RawAddress & { readonly host: string }
}

/** How a target is addressed. */
export interface AttackTargetOptions {
  readonly ownHost?: boolean
  readonly ca?: string
  /** Seconds. */
  readonly timeout?: number
  /** For tests: the addresses of a name. */
  readonly addressesOf?: (name: string) => Promise<readonly string[]>
}

// Milliseconds that one of several addresses has to answer.
const CONNECT_WITHIN = 1000
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Where a URL leads. The name is resolved once, and the connections go to what it was: a name that leads elsewhere later
 * (DNS rebinding) would have others attacked.
 *
 * @throws {TypeError} for a URL that is not http or https, or that leads beyond this machine without `ownHost`
 */
export async function attackTarget(
  url: string,
  { ownHost = false, ca, timeout = 10, addressesOf = lookedUp }: AttackTargetOptions = {},
): Promise<AttackTarget> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    throw new TypeError(`${shown(url)}: want the http or https URL of a guarded route`)
  const { protocol, hostname, pathname, search, host, origin } = parsed
  const name = hostname.replace(/^\[|\]$/g, '')
  const addresses = await addressesOf(name)
  const outside = addresses.find((address) => !LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  if (outside !== undefined && !ownHost)
    throw new TypeError(
      `${name} is ${outside === name ? '' : `${outside}, `}not this machine: attack what is your own alone, and say so (--i-own-this-host)`,
    )
  const isTls = protocol === 'https:'
  const port = parsed.port === '' ? (isTls ? 443 : 80) : Number(parsed.port)
  const tls = isTls ? { tls: { servername: isIP(name) === 0 ? name : '', ...(ca !== undefined && { ca }) } } : {}
  const address = { host: await answeringOf(addresses, port), port, timeout: timeout * 1000, ...tls }
  return { origin, host, path: pathname, query: search, address }
}

/** Without what may be secret in it: userinfo, query and fragment (RFC 9110 §4.2.4). */
function shown(url: string): string {
  const [first = ''] = url.split(/[?#]/, 1)
  return JSON.stringify(first.slice(first.lastIndexOf('@') + 1))
}

/** The first that somebody listens at: `localhost` may be ::1 before 127.0.0.1, and an API listen at one of them. */
async function answeringOf(addresses: readonly string[], port: number): Promise<string> {
  const [first = '', ...others] = addresses
  if (others.length === 0 || (await listens(first, port))) return first
  for (const other of others) if (await listens(other, port)) return other
  return first
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.destroy())
    socket.setTimeout(CONNECT_WITHIN, () => socket.destroy(new Error('no answer')))
    socket.on('error', () => undefined)
    socket.on('close', (failed) => resolve(!failed))
  })
}

async function lookedUp(name: string): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name]
  const found = await lookup(name, { all: true }).catch(() => [])
  if (found.length === 0) throw new TypeError(`${name}: the name is not known`)
  return found.map(({ address }) => address)
}
