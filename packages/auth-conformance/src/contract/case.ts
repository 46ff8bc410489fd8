import type { RawRequest } from './raw-http.js'
import type { Clause } from './level.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import type { ContractClient } from './client.js'

type Made = RawRequest | readonly RawRequest[] | Promise<RawRequest | readonly RawRequest[]>

/** What a case has besides its name, its answer and its requests. */
type CaseOptions = Partial<Pick<ContractCase, 'attack' | 'clause' | 'configuration'>>

/** A request that an honest client sends, perhaps by mistake. In all tables, `c` is this client. */
export function honest(
  name: string,
  expected: Expected,
  make: (client: ContractClient) => Made,
  options: CaseOptions = {},
): ContractCase {
  const requests = async (client: ContractClient): Promise<readonly RawRequest[]> => [await make(client)].flat()
  return { name, attack: false, configuration: 'allowed', expected, requests, ...options }
}

/** A request that somebody sends who means harm. */
export function attack(
  name: string,
  expected: Expected,
  make: (client: ContractClient) => Made,
  options: CaseOptions = {},
): ContractCase {
  return honest(name, expected, make, { attack: true, ...options })
}

/** Cases that a clause demands, so that they hold for every server that keeps the RFC. A case may name a clause of its own. */
export function demandedBy(clause: Clause, cases: readonly ContractCase[]): readonly ContractCase[] {
  return cases.map((one) => ({ clause, ...one }))
}

/** The answer of a handler to a user without scopes. */
export const asUser: Expected = accepted({ sub: 'user-1', scheme: 'Bearer', scopes: [] })

/** The same, for a DPoP-bound token. */
export const asDpopUser: Expected = accepted({ sub: 'user-1', scheme: 'DPoP', scopes: [] })
