import { kindsOf } from '../test/clients.js'
import { describeConformance } from '../test/conformance.js'

for (const kind of [...kindsOf('Cluster'), ...kindsOf('Sentinel')]) describeConformance(kind)
