import 'reflect-metadata'

import { runSample } from '@acme/sample-api'

import { platformFrom } from './platform.js'
import { start } from './start.js'

await runSample('NestJS', (settings) => start(settings, platformFrom(process.env)))
