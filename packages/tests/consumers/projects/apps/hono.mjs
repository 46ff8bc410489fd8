import { requireAuth } from '@acme/auth-hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/items', requireAuth('read:items'), (c) =>
  c.json({ subject: c.var.auth.subject, organization: c.var.auth.claims.org_id }),
)
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(`http://127.0.0.1:${port}`))
