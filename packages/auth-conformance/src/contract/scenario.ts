import type { ListeningTestIssuer } from '@acme/auth-testing'

import type { ContractKeyOptions, StartContractServer } from './contract.js'
import { Stage } from './stage.js'
import type { ProtectedApi } from './stage.js'

/** Several steps with issuers that fail, recover and change: what one request and its answer cannot say. */
export interface ContractScenario {
  readonly name: string
  /** Whether it measures, so that nothing may run beside it. */
  readonly alone: boolean
  /** Rejects when the contract is broken. */
  readonly run: (stage: Stage) => Promise<void>
}

/** Plays a scenario against one adapter. @throws when the contract is broken */
export async function runScenario({ run }: ContractScenario, start: StartContractServer): Promise<void> {
  const stage = new Stage(start)
  try {
    await run(stage)
  } finally {
    await stage.close()
  }
}

/** The usual cast: an issuer, and a server that trusts it and has not called it yet. */
export interface Cast {
  readonly stage: Stage
  readonly issuer: ListeningTestIssuer
  readonly api: ProtectedApi
}

/** A scenario with one issuer and one server. */
export function scenario(
  name: string,
  keys: ContractKeyOptions,
  play: (cast: Cast) => Promise<void>,
  { alone = false }: { readonly alone?: boolean } = {},
): ContractScenario {
  const run = async (stage: Stage): Promise<void> => {
    const issuer = await stage.issuer()
    await play({ stage, issuer, api: await stage.api(issuer, keys) })
  }
  return { name, alone, run }
}
