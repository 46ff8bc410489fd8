import { configurationError } from '../options/option-checks.js'
import type { AuthScheme } from '../outcome/errors.js'

/** `allowed`: Bearer and DPoP. `required`: DPoP only. `disabled`: Bearer only. */
export type DpopMode = 'allowed' | 'required' | 'disabled'

const SCHEMES: Readonly<Record<DpopMode, readonly AuthScheme[]>> = {
  allowed: ['Bearer', 'DPoP'],
  required: ['DPoP'],
  disabled: ['Bearer'],
}

/**
 * The schemes that a route accepts, the preferred one first.
 *
 * @param dpopRequired - whether the route requires DPoP, whatever the mode of the resource server
 * @throws {TypeError} when the route requires what the mode disables
 */
export function acceptedSchemes(mode: DpopMode, dpopRequired: boolean): readonly AuthScheme[] {
  if (!dpopRequired) return SCHEMES[mode]
  if (mode !== 'disabled') return SCHEMES.required
  throw configurationError('dpop', 'required', "dpop.mode 'allowed' or 'required' when a route requires DPoP")
}
