export { contractCases } from './cases.js'
export { contractScenarios } from './scenarios.js'
export { runScenario } from './scenario.js'
export type { ContractScenario } from './scenario.js'
export { ProtectedApi, Stage } from './stage.js'
export { describeContract } from './describe-contract.js'
export type { ContractExceptions, ContractPart, TestFramework } from './describe-contract.js'
export { createContractRunner } from './contract.js'
export type {
  ContractCase,
  ContractConfiguration,
  ContractConfigurationName,
  ContractDpopOptions,
  ContractKeyOptions,
  ContractOptions,
  ContractRunner,
  ContractServer,
  StartContractServer,
} from './contract.js'
export type { Answer, Expected } from './expectations.js'
export { sendRaw } from './raw-http.js'
export type { RawRequest, RawResponse } from './raw-http.js'
export { contractAnswer } from './routes.js'
export type { ContractRoute } from './routes.js'
export { ContractClient, createContractWorld } from './world.js'
export type { ContractWorld } from './world.js'
