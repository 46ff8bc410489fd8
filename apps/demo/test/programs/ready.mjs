// Ready at once; ends with the status that the environment wants.
import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end(process.env.SAYS ?? ''))
server.listen(Number(process.env.PORT), process.env.HOST, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
process.on('SIGTERM', () => process.exit(Number(process.env.ENDS_WITH ?? 0)))
