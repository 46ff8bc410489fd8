import { runSample } from '@acme/sample-api'

import { start } from './start.js'

await runSample('Express', start)
