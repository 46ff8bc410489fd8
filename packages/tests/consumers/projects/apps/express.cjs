const { getAuth, requireAuth } = require('@acme/auth-express')
const express = require('express')

const app = express()
app.get('/items', requireAuth('read:items'), (request, response) => {
  const { subject, claims } = getAuth(request)
  response.json({ subject, organization: claims.org_id })
})
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
