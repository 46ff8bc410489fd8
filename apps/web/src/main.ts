import { runPage } from '@acme/sample-api/page'

import { servePage } from './serve.js'
import { readSettings } from './settings.js'

await runPage(async () => servePage(readSettings(process.env)))
