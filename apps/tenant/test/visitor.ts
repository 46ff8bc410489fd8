/** What a browser sees of an answer. */
export interface Visit {
  readonly status: number
  readonly location: string
  readonly text: string
}

/** Goes to a URL, or posts a form there. */
export type Visitor = (url: string | URL, form?: Record<string, string>) => Promise<Visit>

/** A browser as far as redirects and cookies are concerned. */
export function visitor(): Visitor {
  const cookies = new Map<string, string>()
  return async (url, form) => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    return { status: response.status, location: location === null ? '' : new URL(location, url).href, text }
  }
}
