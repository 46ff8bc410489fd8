import { readScopeHierarchy } from '../authorization/scope-hierarchy.js'
import { readClaimsSchema } from '../access-token/claims-schema.js'
import { readIssuerForm } from '../issuer/issuer-form.js'
import { readResourceMetadata } from '../metadata/metadata-options.js'
import { readMtlsOptions } from '../mtls/mtls-options.js'
import { readOnBehalfOf } from '../outcome/on-behalf-of.js'
import { readConnections } from '../connections/connection-options.js'
import { requireProfile, withProfile } from '../profile/apply-profile.js'
import { readRevocation } from '../revocation/read-sources.js'
import { readShadow } from '../shadow/shadow-options.js'
import { readTraces } from '../traces/trace-options.js'
import type { AuthOptions } from './auth-options.js'
import type { OptionReaders, Settings } from './options.js'
import { resolveOptionsBy } from './options.js'
import { readProofOptions } from './proof-options.js'

/** Reads each option there is. */
export const ALL_OPTIONS: OptionReaders = {
  readProofOptions,
  readIssuerForm,
  readClaims: readClaimsSchema,
  readScopeHierarchy,
  readResourceMetadata,
  readMtls: readMtlsOptions,
  readRevocation,
  readConnections,
  readOnBehalfOf,
  readShadow,
  readTraces,
  profile: { fill: withProfile, hold: requireProfile },
}

/** @throws {TypeError} that names the option, what was given and what is wanted. */
export function resolveOptions(options: AuthOptions): Settings {
  return resolveOptionsBy(ALL_OPTIONS, options)
}
