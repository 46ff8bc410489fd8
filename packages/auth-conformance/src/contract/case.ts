import type { RawRequest } from './raw-http.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import type { ContractClient } from './client.js'

type Made = RawRequest | readonly RawRequest[] | Promise<RawRequest | readonly RawRequest[]>

/** What a case has besides its name, its answer and its requests. */
type CaseOptions = Partial<Pick<ContractCase, 'attack' | 'configuration'>>

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

/** The answer of a handler to a user without scopes. */
export const asUser: Expected = accepted({ sub: 'user-1', scheme: 'Bearer', scopes: [] })

/** The same, for a DPoP-bound token. */
export const asDpopUser: Expected = accepted({ sub: 'user-1', scheme: 'DPoP', scopes: [] })
