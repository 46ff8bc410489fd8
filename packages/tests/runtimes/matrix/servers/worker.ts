import type { Hono } from 'hono'

import { createApp } from './app.ts'

let app: Hono | undefined

/** Workers do not tell the address of the peer: that it is a proxy must be known, its own list can then be read. */
const trusts = (address: string, hop: number): boolean => hop === 0 || address === '127.0.0.1'

// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default {
  fetch(request: Request, env: { readonly CONFIGURATION: string }): unknown {
    app ??= createApp(env.CONFIGURATION, trusts)
    return app.fetch(request, env)
  },
}
