// Two halves of one application, of which one has ES modules: two guards on one route judge one DPoP proof.
const required = require('@acme/auth-express')
const { createProof, createTestIssuer, createTestKey } = require('@acme/auth-testing')
const express = require('express')

main()

async function main() {
  const imported = await import('@acme/auth-express')
  const audience = 'https://api.test/'
  const [issuer, key] = await Promise.all([
    createTestIssuer({ issuer: 'https://issuer.test/', audience }),
    createTestKey('ES256'),
  ])
  const replay = required.memoryReplayStore()
  const options = { issuer: issuer.issuer, audience, fetch: issuer.fetch, dpop: { replay } }
  const guards = [required, imported].map(({ createAuth }) => createAuth(options).requireAuth())
  const server = express()
    .get('/', ...guards, (request, response) =>
      response.json(imported.getAuth(request).subject === required.getAuth(request).subject),
    )
    .listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${server.address().port}/`
  const accessToken = await issuer.accessToken({ jkt: key.thumbprint })
  const headers = {
    authorization: `DPoP ${accessToken}`,
    dpop: await createProof({ key, url, method: 'GET', accessToken }),
  }
  const statuses = [(await fetch(url, { headers })).status, (await fetch(url, { headers })).status]
  server.close()
  process.stdout.write(JSON.stringify({ sameError: required.AuthError === imported.AuthError, statuses }))
}
