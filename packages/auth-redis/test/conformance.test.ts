import { kindsOf } from './clients.js'
import { describeConformance } from './conformance.js'

for (const kind of kindsOf('single')) describeConformance(kind)
