import { attack } from './case.js'
import type { ContractCase } from './contract.js'
import { invalidToken } from './refusals.js'

/** A claim that is refused whatever the signature says. */
export function badClaim(name: string, value: unknown, label: string = JSON.stringify(value)): ContractCase {
  return attack(`${name} is ${label}`, invalidToken(), (c) => c.bearer({ claims: { [name]: value } }))
}

/** A header that is refused although the signature is right. */
export function badHeader(name: string, value: unknown): ContractCase {
  return attack(`the token's ${name} is ${JSON.stringify(value)}`, invalidToken(), (c) =>
    c.bearer({ header: { [name]: value } }),
  )
}

/** A part with exactly these bytes. */
export function badBytes(part: 'header' | 'payload', label: string, bytes: string | Uint8Array): ContractCase {
  return attack(`the token's ${part} is ${label}`, invalidToken(), (c) => c.rawToken(part, bytes))
}
