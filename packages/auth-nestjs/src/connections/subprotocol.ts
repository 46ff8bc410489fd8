/** What is used of the options of a WebSocketServer of `ws`. */
export interface SubprotocolOptions {
  handleProtocols?: ((offered: Set<string>, request: never) => string | false) | null | undefined
}

const OURS = 'auth0-token'

/**
 * Answers `auth0-token` to clients that sent their token as a subprotocol after that (RFC 6455 §4.2.2: one that the client
 * named, or none), unless the application has another to choose. Neither it nor the answer gets to see the token.
 */
export function selectSubprotocol(options: SubprotocolOptions): void {
  const choose = options.handleProtocols
  options.handleProtocols = (offered, request) => {
    const list = [...offered]
    const at = list.indexOf(OURS)
    const others = new Set(at === -1 ? list : list.toSpliced(at, 2))
    const chosen = others.size > 0 && typeof choose === 'function' && choose(others, request)
    if (chosen !== false && chosen !== '') return chosen
    if (at !== -1) return OURS
    // As `ws` does.
    return typeof choose === 'function' ? false : (list[0] ?? false)
  }
}
