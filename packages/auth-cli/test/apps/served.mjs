// What `attack --start` starts: its settings come from the environment, the port from the arguments.
import { writeFileSync } from 'node:fs'

import { createAuth } from '@acme/auth-express'
import express from 'express'

const [port, fault, asked] = process.argv.slice(2)
if (fault === 'ends') {
  process.stderr.write('no database\n')
  process.exit(1)
}
if (fault === 'stays') process.on('SIGTERM', () => undefined)
const { requireAuth } = createAuth({ onEvent: () => undefined })
const app = express()
app.use((request, response, next) => {
  // What is thrown in a callback ends the process.
  const segments = request.headers.authorization?.split('.').length
  if (fault === 'crashes' && segments === 4) setImmediate(() => process.exit(1))
  else if (fault === 'hangs') {
    process.on('SIGTERM', () => undefined)
    writeFileSync(asked, '')
  } else next()
})
app.get('/me', requireAuth(), (request, response) => response.json({}))
app.get('/messages', requireAuth('read:messages'), (request, response) => response.json([]))
app.listen(Number(port), '127.0.0.1')
