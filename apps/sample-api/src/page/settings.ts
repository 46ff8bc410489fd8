/** A sample API that a page calls. */
export interface Api {
  readonly name: string
  /** Without a slash at the end. */
  readonly origin: string
}

/** What the pages of this repository are started with. */
export interface PageSettings {
  /** 0 picks a free one. */
  readonly port: number
  readonly issuer: string
  readonly audience: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws {TypeError} that names the variable, and what is wanted */
export function readPageSettings(env: Variables, port: number): PageSettings {
  return {
    port: portFrom(env['PORT'] || String(port)),
    issuer: issuerFrom(env['AUTH0_ISSUER'] ?? ''),
    audience: env['AUTH0_AUDIENCE'] || wanted('AUTH0_AUDIENCE', 'the identifier of the APIs'),
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65_535 ? port : wanted('PORT', 'a port such as 5173, or 0 for a free one')
}

function issuerFrom(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  return isUrl ? text : wanted('AUTH0_ISSUER', 'the URL of the issuer')
}

/** `express=http://127.0.0.1:3001,hono=http://127.0.0.1:3002`; without a name, the host is the name. @throws {TypeError} */
export function apisFrom(text: string): readonly Api[] {
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

/** @throws {TypeError} */
export function wanted(name: string, what: string): never {
  throw new TypeError(`${name}: want ${what}`)
}
