import { servePage } from './serve.js'
import { readSettings } from './settings.js'

try {
  const page = await servePage(readSettings(process.env))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void page.close())
  console.log(`listening on ${page.origin}`)
} catch (error) {
  // Of a bad setting or a port in use the message says all.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
