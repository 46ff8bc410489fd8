import { requireAuth } from '@acme/auth-hono'
import { Hono } from 'hono'

const app = new Hono().get('/', requireAuth('read'), (c) => c.text(c.var.auth.subject ?? ''))

// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default app
