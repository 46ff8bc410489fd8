import { certificateCases } from './cases-certificates.js'
import { credentialsCases } from './cases-credentials.js'
import { dpopCases } from './cases-dpop.js'
import { forwardedCases } from './cases-forwarded.js'
import { hostCases } from './cases-host.js'
import { kindCases } from './cases-kind.js'
import { nonceCases } from './cases-nonce.js'
import { opaqueCases } from './cases-opaque.js'
import { proxyCases } from './cases-proxy.js'
import { replayCases } from './cases-replay.js'
import { moreRequirementCases } from './cases-more-requirements.js'
import { requirementCases } from './cases-requirements.js'
import { shadowCases } from './cases-shadow.js'
import { tenantCases } from './cases-tenants.js'
import { tokenCases } from './cases-token.js'
import { urlCases } from './cases-url.js'
import type { ContractCase } from './contract.js'

/** Every case of the contract that all adapters keep, by area. */
export const casesByArea: Readonly<Record<string, readonly ContractCase[]>> = {
  credentials: credentialsCases,
  'access tokens': tokenCases,
  'kinds of tokens': kindCases,
  'opaque tokens': opaqueCases,
  requirements: [...requirementCases, ...moreRequirementCases],
  'settings that are tried': shadowCases,
  tenants: tenantCases,
  'client certificates': certificateCases,
  'DPoP proofs': dpopCases,
  'DPoP nonces': nonceCases,
  'replayed proofs': replayCases,
  'URL of a proof': urlCases,
  'Host and request target': hostCases,
  'trusted proxies': proxyCases,
  'forwarded headers': forwardedCases,
}
