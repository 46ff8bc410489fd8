export { contractCases } from './contract/cases.js'
export { contractScenarios } from './contract/scenarios.js'
export { runScenario } from './contract/scenario.js'
export type { ContractScenario } from './contract/scenario.js'
export { ProtectedApi } from './contract/protected-api.js'
export { ScenarioFixture } from './contract/scenario-fixture.js'
export { describeContract } from './contract/describe-contract.js'
export type {
  ContractPart,
  DescribeContractOptions,
  TestDeclarations,
  TestFramework,
} from './contract/describe-contract.js'
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
export { ContractClient } from './contract/client.js'
export { createContractFixture } from './contract/fixture.js'
export type { ContractFixture } from './contract/fixture.js'
