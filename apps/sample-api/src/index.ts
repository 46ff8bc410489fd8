import * as answers from './answers.js'

export { readSettings } from './settings.js'
export type { Environment, SampleSettings } from './settings.js'
export { routes } from './routes.js'
export type { RouteNeeds, SampleRoute } from './routes.js'
export { banner } from './banner.js'
export { answerFault } from './fault.js'
export type { FaultAnswer } from './fault.js'
export { closeServer, listen, runSample } from './run.js'
export type { RunningApp } from './run.js'
export { answers }
