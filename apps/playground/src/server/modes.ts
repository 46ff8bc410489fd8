/** What the servers make of DPoP (RFC 9449), and of nonces in its proofs (§9). */
export interface Mode {
  readonly dpop: (typeof DPOP_MODES)[number]
  readonly nonce: (typeof NONCE_MODES)[number]
}

export const DPOP_MODES = ['allowed', 'required', 'disabled'] as const
export const NONCE_MODES = ['off', 'heal', 'required'] as const

/** @returns undefined for what is no mode. Without DPoP there are no nonces */
export function readMode(dpop: unknown, nonce: unknown): Mode | undefined {
  const [knownDpop, knownNonce] = [DPOP_MODES.find((one) => one === dpop), NONCE_MODES.find((one) => one === nonce)]
  if (knownDpop === undefined || knownNonce === undefined) return undefined
  return { dpop: knownDpop, nonce: knownDpop === 'disabled' ? 'off' : knownNonce }
}

export function nameOf({ dpop, nonce }: Mode): string {
  return `${dpop}, nonces ${nonce}`
}
