import { configuration } from './configuration.js'
import { APPENDS, MISTAKES, PREFIX_ADDING } from './mistakes.js'

/** The name of the API in all files. */
export const HOST = 'api.example.com'

/**
 * How an API is started. `trusting`: it trusts 127.0.0.1 and nobody else, and may be addressed by any origin, so that
 * only the proxy's headers decide. `untrusting`: it trusts no proxy. `strict`: it listens on ::1, trusts the whole
 * loopback range, where clients of this test are, too, and has public origins.
 */
export type Variant = 'trusting' | 'untrusting' | 'strict'

export type ProxyName = 'nginx' | 'HAProxy'

/** One listener of a proxy; each API gets its own. */
export interface Front {
  readonly name: string
  readonly proxy: ProxyName
  /** Its configuration, before ports and paths of this run are put in. */
  readonly text: string
  /** The API, or the next proxy. */
  readonly upstream: Variant | Front
  /** How clients address it. */
  readonly host: string
  /** Whether its own port is in its public URL; else something in front of it is reached on 443. */
  readonly publicPort: boolean
  /** What clients put before the path of the API. */
  readonly prefix: string
}

const PROXIES = ['nginx', 'HAProxy'] as const
const EXTENSIONS = { nginx: 'conf', HAProxy: 'cfg' } as const

function front(proxy: ProxyName, file: string, options: Partial<Front> = {}): Front {
  return {
    name: `${proxy} ${file}`,
    proxy,
    text: configuration(`${proxy.toLowerCase()}/${file}.${EXTENSIONS[proxy]}`),
    upstream: 'trusting',
    host: HOST,
    publicPort: true,
    prefix: '',
    ...options,
  }
}

const behindNginx = front('HAProxy', 'behind-a-proxy')
const behindHaproxy = front('nginx', 'behind-a-proxy')

/** The inner ones of two proxies. */
export const INNER: readonly Front[] = [behindNginx, behindHaproxy]

/** The files as the guide shows them. */
export const DOCUMENTED: readonly Front[] = [
  front('nginx', 'api'),
  front('nginx', 'prefix', { prefix: '/v1' }),
  front('nginx', 'forwarded'),
  front('nginx', 'api', { name: 'nginx, then HAProxy', upstream: behindNginx }),
  front('HAProxy', 'api'),
  front('HAProxy', 'prefix', { prefix: '/v1' }),
  front('HAProxy', 'forwarded'),
  front('HAProxy', 'api', { name: 'HAProxy, then nginx', upstream: behindHaproxy }),
]

// The changes that the guide describes.

function withoutPort({ text }: Front): string {
  return text
    .replace('include /etc/nginx/forwarded-headers.conf;', configuration('nginx/forwarded-headers.conf'))
    .replace(':$server_port', '')
    .replace(':%[dst_port]', '')
}

/** The name in the rules, not in the names of the files. */
function byAddress({ text }: Front): string {
  return text.replaceAll(/(?<!tls\/)api\.example\.com/g, '[::1]')
}

function changed(proxy: ProxyName, change: (front: Front) => string, options: Partial<Front>): Front {
  const unchanged = front(proxy, 'api', options)
  return { ...unchanged, text: change(unchanged) }
}

/** With something in front that clients reach on the default port, such as a published port of a container. */
export const PUBLISHED: readonly Front[] = [
  changed('nginx', withoutPort, { name: 'nginx on a published port', publicPort: false }),
  changed('HAProxy', withoutPort, { name: 'HAProxy on a published port', publicPort: false }),
]

/** An API without a name, with an IPv6 address between client, proxy and API. */
export const ADDRESSED: readonly Front[] = [
  changed('nginx', byAddress, { name: 'nginx on an IPv6 address', host: '[::1]', upstream: 'strict' }),
  changed('HAProxy', byAddress, { name: 'HAProxy on an IPv6 address', host: '[::1]', upstream: 'strict' }),
]

/** The API forgot to trust them. */
export const UNTRUSTED: readonly Front[] = [
  front('nginx', 'api', { name: 'nginx that is not trusted', upstream: 'untrusting' }),
  front('HAProxy', 'api', { name: 'HAProxy that is not trusted', upstream: 'untrusting' }),
]

/** Each mistake in front of an API without and with public origins. */
export const MISTAKEN: readonly Front[] = MISTAKES.flatMap(({ name, proxy, text }) =>
  (['trusting', 'strict'] as const).map((upstream) =>
    front(proxy, 'api', { name: `${name}, ${upstream}`, text, upstream }),
  ),
)

/** They put `/api` before the path. */
export const ADDING: readonly Front[] = PROXIES.map((proxy) =>
  front(proxy, 'api', { name: `${proxy} that adds a prefix`, text: PREFIX_ADDING[proxy] }),
)

/** They append to what clients say. */
export const APPENDING: readonly Front[] = PROXIES.map((proxy) =>
  front(proxy, 'api', { name: `${proxy} that appends`, text: APPENDS[proxy] }),
)

/** Each is started once for each API. */
export const ALL: readonly Front[] = [
  ...INNER,
  ...DOCUMENTED,
  ...PUBLISHED,
  ...ADDRESSED,
  ...UNTRUSTED,
  ...MISTAKEN,
  ...ADDING,
  ...APPENDING,
]
