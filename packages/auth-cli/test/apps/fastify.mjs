import { auth0Plugin } from '@acme/auth-fastify'
import fastify from 'fastify'

export const app = fastify()
await app.register(auth0Plugin, { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
app.get('/messages', { onRequest: app.requireAuth('read:messages') }, async () => [])
