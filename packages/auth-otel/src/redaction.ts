/**
 * Where the request and answer that pino-http logs hold credentials: the option `redact.paths` of pino, with {@link censor}.
 * Exact paths, as pino reads them: what is written elsewhere, such as in a message, an error or a body, is not covered.
 */
export const redactPaths: readonly string[] = [
  'req.url',
  'req.query',
  ...[
    'authorization',
    'proxy-authorization',
    'dpop',
    'cookie',
    'sec-websocket-protocol',
    'x-api-key',
    'x-access-token',
    'x-auth-token',
    'x-forwarded-access-token',
    'x-forwarded-client-cert',
    'client-cert',
    'referer',
  ].map((name) => `req.headers["${name}"]`),
  ...['set-cookie', 'dpop-nonce', 'location'].map((name) => `res.headers["${name}"]`),
]

const URLS: ReadonlySet<string> = new Set(['url', 'referer', 'location'])

/**
 * What is written in place of a redacted value: of a URL what stands before its query and fragment, of all else
 * `[Redacted]`. For the option `redact.censor` of pino.
 *
 * @example
 * ```ts
 * import { censor, redactPaths } from '@acme/auth-otel'
 * import { pino } from 'pino'
 *
 * export const logger = pino({ redact: { paths: [...redactPaths], censor } })
 * ```
 */
export function censor(value: unknown, path: readonly string[]): string {
  const isUrl = typeof value === 'string' && URLS.has(path.at(-1) ?? '')
  return isUrl ? value.replace(/[?#].*$/s, '?[Redacted]') : '[Redacted]'
}
