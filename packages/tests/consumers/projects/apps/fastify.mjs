import { auth0Plugin, getAuth } from '@acme/auth-fastify'
import fastify from 'fastify'

const app = fastify()
await app.register(auth0Plugin)
app.get('/items', { onRequest: app.requireAuth('read:items') }, (request) => {
  const { subject, claims } = getAuth(request)
  return { subject, organization: claims.org_id }
})
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
