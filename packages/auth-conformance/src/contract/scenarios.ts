import type { ContractScenario } from './scenario.js'
import { coldScenarios } from './scenarios-cold.js'
import { keysScenarios } from './scenarios-keys.js'
import { nonceScenarios } from './scenarios-nonces.js'
import { outageScenarios } from './scenarios-outage.js'
import { readyScenarios } from './scenarios-ready.js'
import { replayScenarios } from './scenarios-replay.js'
import { rotationScenarios } from './scenarios-rotation.js'
import { traceEndpointScenarios } from './scenarios-trace-endpoint.js'
import { traceScenarios } from './scenarios-traces.js'
import { stormScenarios } from './scenarios-storm.js'

/** Every scenario that all adapters keep, by area. */
export const scenariosByArea: Readonly<Record<string, readonly ContractScenario[]>> = {
  'issuers that fail at first': coldScenarios,
  'issuers that fail later': outageScenarios,
  'key sets': keysScenarios,
  'key sets that change': rotationScenarios,
  readiness: readyScenarios,
  nonces: nonceScenarios,
  'traces of refusals': [...traceScenarios, ...traceEndpointScenarios],
  storms: stormScenarios,
  'proofs in numbers': replayScenarios,
}
