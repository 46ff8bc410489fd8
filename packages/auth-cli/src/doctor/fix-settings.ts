import type { Environment } from '../settings.js'

const PLACE = 'where the process of the API gets its environment from (--env-file FILE looks at a file)'

/** What the variables are to be: core says what is wrong, and often it follows what was meant. */
export function fixOfSettings(message: string, environment: Environment): string {
  const renamed = [...message.matchAll(/"(\w+)" is set, did you mean (\w+)\?/g)].map(
    ([, from = '', to = '']) => `rename ${from} to ${to}`,
  )
  if (renamed.length > 0) return renamed.join('; ')
  if (message.includes('are both set')) return 'unset one of AUTH0_DOMAIN and AUTH0_ISSUER'
  const [, name = ''] = /^(\w+): got /.exec(message) ?? []
  const meant = MEANT[name]?.(environment[name]?.trim() ?? '')
  if (meant !== undefined) return meant
  const missing = [...message.matchAll(/(\w+) is not set: want [^;]*such as (\S+?)(?:;|$)/g)].map(
    ([, variable = '', example = '']) => `${variable}=${example}`,
  )
  if (missing.length > 0) return `set, with your own values, ${missing.join(' and ')}, ${PLACE}`
  return `set the variable that is named, ${PLACE}`
}

const MEANT: Readonly<Record<string, (value: string) => string | undefined>> = {
  AUTH0_DOMAIN(value) {
    const bare = unquoted(value)
    const [, host, path = ''] = /^(?:https?:\/\/)?([\w.-]+(?::\d+)?)(\/.*)?$/i.exec(bare) ?? []
    if (host === undefined) return undefined
    return path === '' || path === '/'
      ? `AUTH0_DOMAIN=${host}`
      : `AUTH0_ISSUER=https://${host}${path} (not AUTH0_DOMAIN)`
  },
  AUTH0_ISSUER(value) {
    const bare = unquoted(value)
    if (/^http:\/\//i.test(bare))
      return `AUTH0_ISSUER=${bare.replace(/^http:/i, 'https:')}, by which tokens must name it`
    if (/^[\w-]+(?:\.[\w-]+)+(?:\/.*)?$/.test(bare))
      return `AUTH0_ISSUER=https://${bare.includes('/') ? bare : `${bare}/`}`
    return bare === value ? undefined : `AUTH0_ISSUER=${bare}`
  },
  AUTH0_DPOP: (value) =>
    `AUTH0_DPOP=${/^(?:off|false|no|0|disable)/i.test(value) ? 'disabled' : /^(?:req|on|true|yes|1)/i.test(value) ? 'required' : 'allowed'}, or another of allowed, required and disabled`,
  AUTH0_AUDIENCE: (value) =>
    value.includes(',')
      ? "AUTH0_AUDIENCE has one identifier: several are an option in code, audience: ['a', 'b']"
      : unquoted(value) === value
        ? undefined
        : `AUTH0_AUDIENCE=${unquoted(value)}`,
}

/** As files of variables have them, and not every reader takes them off. */
function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, '$2')
}
