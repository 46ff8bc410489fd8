import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet } from 'jose'

type Keys = ReturnType<typeof createLocalJWKSet>

/** The keys of issuers. Rejects with an error that is no `Refused` when they cannot be had. */
export function createKeys(): (issuer: string) => Promise<Keys> {
  const known = new Map<string, Keys>()
  return async (issuer) => {
    const keys = known.get(issuer) ?? createLocalJWKSet(await fetchKeys(issuer))
    known.set(issuer, keys)
    return keys
  }
}

async function fetchKeys(issuer: string): Promise<JSONWebKeySet> {
  const metadata = await fetchJson(`${issuer}.well-known/openid-configuration`)
  return (await fetchJson(String(metadata['jwks_uri']))) as unknown as JSONWebKeySet // jose looks at it
}

async function fetchJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return (await response.json()) as Record<string, unknown> // of the test issuer
}
