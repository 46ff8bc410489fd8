import { openPlayground } from './playground.js'
import { reported } from './report.js'

await reported(openPlayground)
