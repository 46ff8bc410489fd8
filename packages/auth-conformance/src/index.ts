export { describeContract } from './contract/describe-contract.js'
export type { DescribeContractOptions, TestDeclarations, TestFramework } from './contract/describe-contract.js'
export { contractCases } from './contract/entries.js'
export type { ContractEntry, ContractPart } from './contract/entries.js'
export type { Clause, ContractLevel } from './contract/level.js'
export type {
  ContractConfiguration,
  ContractDpopOptions,
  ContractKeyOptions,
  ContractOptions,
  ContractServer,
  StartContractServer,
} from './contract/contract.js'
export { adapterOptions } from './contract/introspection.js'
export type { AdapterOptions, IntrospectionAnswer, IntrospectionEndpoint } from './contract/introspection.js'
export { contractAnswer } from './contract/routes.js'
export type { ContractRoute } from './contract/routes.js'
export { ContractClient } from './contract/client.js'
export type { ContractIssuer, ProofDefect } from './contract/client.js'
export { createContractFixture } from './contract/fixture.js'
export type { ContractFixture, ContractFixtureOptions } from './contract/fixture.js'
export {
  expiredToken,
  missingScope,
  noCredentials,
  proofUrl,
  replayedProof,
  replayUnavailable,
} from './contract/refusals.js'
export type { RefusalOf } from './contract/refusals.js'
export { expectedAnswer } from './contract/expectations.js'
export type { Answer, Expected, RfcFacts } from './contract/expectations.js'
export { sendRaw } from './contract/raw-http.js'
export type { RawAddress, RawRequest, RawResponse } from './contract/raw-http.js'
export { attackApi } from './attack/attack.js'
export type { AttackOptions } from './attack/attack.js'
export { attackAreas } from './attack/cases.js'
export type { AttackProblem, AttackReport, AttackResult } from './attack/report.js'
export type { GivenToken } from './attack/tokens.js'
