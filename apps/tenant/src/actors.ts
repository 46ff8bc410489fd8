import type { KoaContextWithOIDC } from 'oidc-provider'

// The library asks for the claims of a token by the context of its request.
const actors: WeakMap<KoaContextWithOIDC['oidc'], unknown> = new WeakMap()

/** Says who acts for the subject of the token that a request gets (RFC 8693 §4.1). */
export function setActor({ oidc }: KoaContextWithOIDC, actor: unknown): void {
  actors.set(oidc, actor)
}

/** The claim `act` of the token that a request gets. */
export function actorClaims({ oidc }: KoaContextWithOIDC): { act?: unknown } {
  const act = actors.get(oidc)
  return act === undefined ? {} : { act }
}
