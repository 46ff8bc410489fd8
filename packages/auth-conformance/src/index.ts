export { contractCases } from './contract/cases.js'
export { contractScenarios } from './contract/scenarios.js'
export { runScenario } from './contract/scenario.js'
export type { ContractScenario } from './contract/scenario.js'
export { ProtectedApi, Stage } from './contract/stage.js'
export { describeContract } from './contract/describe-contract.js'
export type { ContractExceptions, ContractPart, TestFramework } from './contract/describe-contract.js'
export { createContractRunner } from './contract/contract.js'
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
} from './contract/contract.js'
export type { Answer, Expected } from './contract/expectations.js'
export { sendRaw } from './contract/raw-http.js'
export type { RawRequest, RawResponse } from './contract/raw-http.js'
export { contractAnswer } from './contract/routes.js'
export type { ContractRoute } from './contract/routes.js'
export { ContractClient, createContractWorld } from './contract/world.js'
export type { ContractWorld } from './contract/world.js'
