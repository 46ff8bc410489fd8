import type { JsonObject } from '../crypto/compact-jws.js'
import { firstClaim, isMarked, sourceValue } from './claim-mapping.js'
import type { TokenShape } from './claim-mapping.js'
import type { AccessTokenClaims } from './claims.js'
import { NONE, oneOrMore, scopeList, texts } from './verified-access-token.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** What is handed out of a verified token, where its issuer has other names for it. */
export function mappedAccessToken(
  header: JsonObject,
  claims: AccessTokenClaims,
  shape: TokenShape,
): VerifiedAccessToken {
  return Object.freeze({
    header,
    claims,
    clientId: shape.clientId.map((source) => sourceValue(claims, source)).find((one) => typeof one === 'string'),
    scopes: scopeList(firstClaim(claims, shape.scopes)),
    permissions: union(shape.permissions.map((source) => texts(sourceValue(claims, source)))),
    roles: union(shape.roles.map((source) => oneOrMore(sourceValue(claims, source)))),
    clientCredentials: isMarked(claims, shape.machine),
  })
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = NONE, ...others] = lists.filter((list) => list.length > 0)
  return others.length === 0 ? first : Object.freeze([...new Set([first, ...others].flat())])
}
