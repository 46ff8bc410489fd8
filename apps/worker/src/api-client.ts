import { createAuthClient, createFetch } from '@acme/auth-client'
import type { AuthClient } from '@acme/auth-client'

import { JobRefused } from './envelope.js'
import type { VerifiedJob } from './envelope.js'
import type { TokenVault } from './token-vault.js'

/** How the worker calls the API. */
export interface ApiClientOptions {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly clientSecret: string
  /** The origin of the API. */
  readonly apiUrl: string
  readonly vault: TokenVault | undefined
}

/** Does the tasks. */
export interface ApiClient {
  readonly circuit: AuthClient['circuit']
  /** @returns the status of the API's answer, 2xx. @throws {JobRefused} when another try would not help */
  perform(job: VerifiedJob): Promise<number>
}

/** Seconds for a task, shorter than the lease of its job. */
const TIMEOUT = 20

export function apiClient({ issuer, audience, clientId, clientSecret, apiUrl, vault }: ApiClientOptions): ApiClient {
  const client = createAuthClient({
    issuer,
    clientId,
    authentication: { secret: clientSecret },
    audience,
    dpop: 'generate',
    timeout: TIMEOUT / 2,
  })
  const { origin } = new URL(apiUrl)
  const own = createFetch(client.clientCredentials(), { origins: [origin], waitAtMost: 5 })
  return {
    get circuit() {
      return client.circuit
    },
    async perform(job) {
      const apiFetch = job.task === 'process' ? own : await asCaller(job, origin, vault)
      const [method, path] = job.task === 'process' ? ['POST', '/internal/process'] : ['GET', '/api/profile']
      // A worker that died after the call cannot say so: the API can tell a repetition by this.
      const headers = { 'idempotency-key': job.id }
      const response = await apiFetch(new URL(path, origin), {
        method,
        headers,
        signal: AbortSignal.timeout(TIMEOUT * 1000),
      })
      await response.body?.cancel()
      return good(response.status)
    },
  }
}

/** Outages pass, and refusals do not. */
function good(status: number): number {
  if (status >= 200 && status < 300) return status
  if (status >= 500 || status === 429 || status === 408) throw new Error(`the API answered ${status}`)
  throw new JobRefused(`the API answered ${status}`)
}

/** With the token of the caller, which cannot be renewed: when it does not do, nothing will. */
async function asCaller(
  { id, expiresAt }: VerifiedJob,
  origin: string,
  vault: TokenVault | undefined,
): Promise<typeof fetch> {
  if (vault === undefined) throw new JobRefused('this worker keeps no tokens')
  const value = await vault.take(id, Date.now() / 1000)
  return createFetch(
    { getAccessToken: async () => ({ value, type: 'Bearer', expiresAt, scopes: undefined }) },
    { origins: [origin], waitAtMost: 5 },
  )
}
