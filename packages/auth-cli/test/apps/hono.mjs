import { createAuth } from '@acme/auth-hono'
import { Hono } from 'hono'

const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
const app = new Hono()
app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
// oxlint-disable-next-line import/no-default-export -- as Workers have it
export default app
