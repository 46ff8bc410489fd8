import { deflateSync } from 'node:zlib'

import type { AuthorizationServer } from '../authorization-server.js'
import { base64url, compactJws, type TestSignature } from '../compact-jws.js'
import type { TestKey } from '../keys.js'
import { rejectUnknown } from '../unknown-options.js'

/** How a status list differs from a good one. */
export interface TestStatusListOptions {
  /** Of each status: 1, 2, 4 or 8. Default: as few as the statuses need. */
  bits?: number
  /** Seconds for which it may be kept. Default 300. */
  ttl?: number
  /** Seconds from when it is asked for to `exp`. Default 3600. */
  expiresIn?: number
  /** Merged over the default claims, one level deep; a member that is `undefined` removes the default. */
  claims?: Record<string, unknown>
  /** Merged over the default header in the same way. */
  header?: Record<string, unknown>
  /** Signs, and gives `alg` and `kid`. Default: the issuer's current signing key. */
  key?: TestKey
  /** Default `'valid'`. */
  signature?: TestSignature
}

/** A Token Status List that an issuer publishes. */
export interface TestStatusList {
  readonly uri: string
  /** Changes a status; who asks from now on sees it. */
  set(index: number, status: number): void
  /** Changes how it is published. */
  change(options: TestStatusListOptions): void
  /** The `status` claim of a token at that place of the list. */
  claim(index: number): { status_list: { idx: number; uri: string } }
}

/** What {@link AuthorizationServer} keeps of a list. */
export interface PublishedStatusList {
  readonly uri: string
  readonly statuses: number[]
  options: TestStatusListOptions
}

const NAMES = ['bits', 'ttl', 'expiresIn', 'claims', 'header', 'key', 'signature']

/** Publishes a list. @throws {TypeError} for an option that there is not */
export function publishStatusList(
  server: AuthorizationServer,
  statuses: readonly number[],
  options: TestStatusListOptions,
): TestStatusList {
  rejectUnknown('statusList', options, NAMES)
  const number = String(server.statusLists.size + 1)
  const uri = `${server.urlOf('statusList')}?list=${number}`
  const published = { uri, statuses: [...statuses], options }
  server.statusLists.set(number, published)
  return {
    uri,
    set(index, status) {
      published.statuses[index] = status
    },
    change(changed) {
      rejectUnknown('statusList', changed, NAMES)
      published.options = { ...published.options, ...changed }
    },
    claim: (idx) => ({ status_list: { idx, uri } }),
  }
}

/** A Status List Token (draft-ietf-oauth-status-list §5.1). */
export function statusListToken(server: AuthorizationServer, list: PublishedStatusList): Promise<string> {
  const { options, statuses, uri } = list
  const key = options.key ?? server.signingKey()
  const iat = Math.floor(server.now())
  const bits = options.bits ?? [1, 2, 4, 8].find((each) => statuses.every((status) => status < 2 ** each)) ?? 8
  const claims = {
    iss: server.issuer,
    sub: uri,
    iat,
    exp: iat + (options.expiresIn ?? 3600),
    ttl: options.ttl ?? 300,
    status_list: { bits, lst: base64url(deflateSync(packed(statuses, bits))) },
    ...options.claims,
  }
  return compactJws({
    header: { alg: key.alg, typ: 'statuslist+jwt', kid: key.kid, ...options.header },
    payload: claims,
    key,
    signature: options.signature ?? 'valid',
  })
}

/** The first status is in the lowest bits of the first byte (§4.1). */
function packed(statuses: readonly number[], bits: number): Uint8Array {
  const perByte = 8 / bits
  const bytes = new Uint8Array(Math.ceil(statuses.length / perByte))
  for (const [index, status] of statuses.entries()) {
    const at = Math.floor(index / perByte)
    bytes[at] = (bytes[at] ?? 0) | (status << ((index % perByte) * bits))
  }
  return bytes
}
