import { isObject } from '../inspect/decode.js'
import type { Discovered } from './discovery.js'
import type { Settings } from './environment.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'
import { jsonOf, send } from '../http.js'

const { pass, warn, fail } = findingsOf('keys')

/** The keys of the issuer, as core could use them. */
export async function checkKeys(
  { server, keysDetails }: Settings,
  { metadata, hasKeys }: Discovered,
): Promise<readonly Finding[]> {
  const uri = metadata?.['jwks_uri']
  const listed = typeof uri === 'string' ? await keysAt(uri) : undefined
  if (!hasKeys) {
    return [
      fail('usable', 'there is no key to verify with', {
        cause: server.issuerStatus()[0]?.problem ?? 'no keys',
        ...(listed !== undefined && { evidence: listed }),
        fix: 'have the issuer sign access tokens with RS256 or ES256 and publish the key: HS256 has no key that could be published',
      }),
    ]
  }
  const [detail] = keysDetails
  if (detail === undefined) return [pass('usable', 'all keys of the issuer can verify tokens', listed)]
  const why = {
    cause: detail,
    ...(listed !== undefined && { evidence: listed }),
    fix: 'nothing, unless tokens are signed with one of them',
  }
  return [warn('usable', 'some keys cannot verify access tokens', why)]
}

/** The kinds of keys there, in one line. */
async function keysAt(uri: string): Promise<string | undefined> {
  const answer = await send(uri).catch(() => undefined)
  const keys = answer === undefined ? undefined : jsonOf(answer)?.['keys']
  if (!Array.isArray(keys)) return undefined
  const kinds = keys.slice(0, 10).map((key: unknown) => {
    const { kty, alg, use, crv } = isObject(key) ? key : {}
    return [kty, alg, crv, use].filter((one) => typeof one === 'string').join(' ')
  })
  return `${uri}: ${kinds.join(', ')}`
}
