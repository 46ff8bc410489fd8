import { createAuth } from '@acme/auth-hono'
import { Hono } from 'hono'

let app

export default {
  fetch(request, env) {
    app ??= createApp(env)
    return app.fetch(request, env)
  },
}

function createApp({ ISSUER, AUDIENCE }) {
  const { requireAuth } = createAuth({ issuer: ISSUER, audience: AUDIENCE })
  return new Hono().get('/items', requireAuth('read:items'), (c) =>
    c.json({ subject: c.var.auth.subject, organization: c.var.auth.claims.org_id }),
  )
}
