import { attack } from './case.js'
import type { ContractClient, ProofDefect } from './client.js'
import type { ContractCase } from './contract.js'
import type { Expected } from './expectations.js'
import { proofKey } from './refusals.js'

/** A request whose proof has this defect. */
export function badProof(
  name: string,
  expected: Expected,
  defect: ProofDefect | ((client: ContractClient) => ProofDefect),
): ContractCase {
  return attack(`proof: ${name}`, expected, (c) => c.dpop(typeof defect === 'function' ? defect(c) : defect))
}

/** A request whose proof shows another key than that of its client. */
export function badJwk(
  name: string,
  change: (jwk: Readonly<Record<string, unknown>>, client: ContractClient) => unknown,
): ContractCase {
  return attack(`proof key: ${name}`, proofKey(), (c) => {
    const { kty, crv, x, y } = c.fixture.clientKey.publicJwk
    return c.proofWithJwk(change({ kty, crv, x, y }, c))
  })
}
