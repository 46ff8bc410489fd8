/** A sample API that the page calls. */
export interface Api {
  readonly name: string
  readonly origin: string
}

/** What the page is told, and where it is served. */
export interface Settings {
  /** 0 picks a free one. */
  readonly port: number
  readonly issuer: string
  readonly audience: string
  /** Whether tokens are bound to a key of the page. */
  readonly dpop: boolean
  readonly apis: readonly Api[]
}

/** The client of the tenant that the page is. */
export const CLIENT_ID = 'web'

/** @throws {TypeError} that names the variable, and what is wanted */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    port: portFrom(env['PORT'] || '5173'),
    issuer: issuerFrom(env['AUTH0_ISSUER'] ?? ''),
    audience: env['AUTH0_AUDIENCE'] || wanted('AUTH0_AUDIENCE', 'the identifier of the APIs'),
    dpop: dpopFrom(env['AUTH0_DPOP'] || 'required'),
    apis: apisFrom(env['API_ORIGINS'] ?? ''),
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65_535 ? port : wanted('PORT', 'a port such as 5173, or 0 for a free one')
}

function dpopFrom(text: string): boolean {
  return text === 'required' || text === 'disabled' ? text === 'required' : wanted('AUTH0_DPOP', 'required or disabled')
}

function issuerFrom(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  return isUrl ? text : wanted('AUTH0_ISSUER', 'the URL of the issuer')
}

/** `express=http://127.0.0.1:3001,hono=http://127.0.0.1:3002`; without a name, the host is the name. */
function apisFrom(text: string): Api[] {
  const entries = text.split(',').map((entry) => entry.trim())
  return entries.map((entry) => {
    const [, name, origin = ''] = /^(?:([^=]+)=)?(\S+)$/.exec(entry) ?? []
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      return wanted(
        'API_ORIGINS',
        'origins with names, such as express=http://127.0.0.1:3001,hono=http://127.0.0.1:3002',
      )
    }
    return { name: name ?? new URL(origin).host, origin }
  })
}

function wanted(name: string, what: string): never {
  throw new TypeError(`${name}: want ${what}`)
}
