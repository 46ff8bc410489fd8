import { credentialsCases } from './cases-credentials.js'
import { dpopCases } from './cases-dpop.js'
import { requirementCases } from './cases-requirements.js'
import { tokenCases } from './cases-token.js'
import { urlCases } from './cases-url.js'
import type { ContractCase } from './contract.js'

/** Every case of the contract that all adapters keep, by area. */
export const contractCases: Readonly<Record<string, readonly ContractCase[]>> = {
  credentials: credentialsCases,
  'access tokens': tokenCases,
  requirements: requirementCases,
  'DPoP proofs': dpopCases,
  'public URL': urlCases,
}
