const { createAuth, getAuth } = require('@acme/auth-express')
const { createTestIssuer } = require('@acme/auth-testing')
const express = require('express')

module.exports = { start }

/** An application, its issuer, and what it answers. */
async function start() {
  const issuer = await createTestIssuer({ issuer: 'https://issuer.test/', audience: 'https://api.test/' })
  const { requireAuth } = createAuth({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch })
  const app = express()
  app.get('/items', requireAuth('read:items'), (request, response) => {
    response.json({ subject: getAuth(request).subject })
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${server.address().port}/items`
  const status = async (scope) => {
    const headers = { connection: 'close' }
    if (scope !== undefined) headers['authorization'] = `Bearer ${await issuer.accessToken({ scope })}`
    return (await fetch(url, { headers })).status
  }
  return { status, stop: () => server.close() }
}
