const { auth0Plugin, getAuth } = require('@acme/auth-fastify')
const fastify = require('fastify')

main()

async function main() {
  const app = fastify()
  await app.register(auth0Plugin)
  app.get('/items', { onRequest: app.requireAuth('read:items') }, (request) => {
    const { subject, claims } = getAuth(request)
    return { subject, organization: claims.org_id }
  })
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
}
