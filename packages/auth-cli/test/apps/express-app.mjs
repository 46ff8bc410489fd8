import { createAuth, publicRoute } from '@acme/auth-express'
import express from 'express'

const auth = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })

export const app = express()
app.get('/health', publicRoute('health checks'), (request, response) => response.json({}))
app.get('/me', (request, response) => response.json({}))
app.use(auth.requireAuth())
app.get('/messages', auth.requireAuth('read:messages'), (request, response) => response.json([]))
