import { createAuth } from '@acme/auth-express'
import express from 'express'

const { requireAuth } = createAuth({ domain: 'tenant.auth0.com', audience: 'https://api.example.com' })
export const app = express()
app.get('/messages', requireAuth('read:messages'), (request, response) => {
  response.json([])
})
app.listen(Number(process.env['PORT']))
