import type { Settings } from '../options/options.js'
import { configurationError } from '../options/option-checks.js'
import type { ShadowSettings } from './shadow-options.js'

/**
 * Holds a shadow against what is in force, which counts where it says nothing. One that could never be met, or would try
 * what nobody can send yet, is a mistake.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 */
export function shadowOver(settings: Settings): ShadowSettings | undefined {
  const { shadow } = settings
  if (shadow === undefined) return undefined
  requireAges(shadow, settings)
  if (settings.tenants === undefined) {
    requireDpop(shadow, settings)
    requireTrusted(shadow, settings)
  } else {
    refuseOfTenants(shadow)
  }
  return Object.freeze({ ...shadow, dpop: withAges(shadow.dpop, settings) })
}

/** Each tenant has its own. */
function refuseOfTenants(shadow: ShadowSettings): void {
  for (const name of ['audience', 'issuers'] as const) {
    if (shadow[name] !== undefined) throw configurationError(`shadow.${name}`, shadow[name], 'none with tenants')
  }
}

function withAges(dpop: ShadowSettings['dpop'], { dpop: inForce }: Settings): ShadowSettings['dpop'] {
  if (dpop?.proofMaxAge === undefined && dpop?.clockTolerance === undefined) return dpop
  const { proofMaxAge = inForce.proofMaxAge, clockTolerance = inForce.clockTolerance } = dpop
  return { ...dpop, proofMaxAge, clockTolerance }
}

function requireDpop({ dpop, requirements }: ShadowSettings, { dpop: inForce }: Settings): void {
  const judgesProofs = dpop !== undefined && dpop.mode !== 'disabled'
  if (inForce.mode !== 'disabled' || !(judgesProofs || requirements?.dpopRequired === true)) return
  const name = judgesProofs ? 'shadow.dpop' : 'shadow.requirements'
  throw new TypeError(`${name}: got DPoP, want dpop.mode 'allowed' first: with 'disabled' no client can send it`)
}

function requireAges({ dpop }: ShadowSettings, { dpop: inForce }: Settings): void {
  if (inForce.nonce === undefined || dpop === undefined) return
  for (const name of ['proofMaxAge', 'clockTolerance'] as const) {
    if (dpop[name] === undefined) continue
    throw configurationError(`shadow.dpop.${name}`, dpop[name], 'none with dpop.nonce, which judges the age of proofs')
  }
}

function requireTrusted({ issuers = [] }: ShadowSettings, { issuers: { listed, resolver } }: Settings): void {
  if (resolver !== undefined) return
  for (const name of issuers) {
    const trusted = listed.get(name)
    if (trusted === undefined || trusted.tenants !== undefined) {
      throw configurationError('shadow.issuers', name, `some of the issuers: ${[...listed.keys()].join(' ')}`)
    }
  }
}
