import { createAuth } from '@acme/auth-hono'
import { Hono } from 'hono'

const { requireAuth } = createAuth((c) => ({ issuer: c.env.ISSUER, audience: c.env.AUDIENCE }))
const app = new Hono()
app.get('/items', requireAuth('read:items'), (c) =>
  c.json({ subject: c.var.auth.subject, organization: c.var.auth.claims.org_id }),
)

export default app
