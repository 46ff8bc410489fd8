import { runPage } from '@acme/sample-api/page'

import { servePlayground } from './serve.js'
import { readSettings } from './settings.js'

await runPage(() => servePlayground(readSettings(process.env)))
