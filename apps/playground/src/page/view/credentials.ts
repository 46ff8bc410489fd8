import { dpopThumbprint } from '@acme/auth-client'

import { claimInWords, decode } from '../decode.js'
import type { Credentials } from '../exchange.js'
import { fill, h, hint, pairs } from './dom.js'

type Claims = Readonly<Record<string, unknown>>

/** The key and the token of whoever is logged in, taken apart. */
export async function showCredentials(credentials: Credentials | undefined): Promise<void> {
  if (credentials === undefined) {
    fill('credentials', hint('Log in, and this page makes a key and gets a token that is bound to it.'))
    return
  }
  const { keyPair, accessToken } = credentials
  const thumbprint = await dpopThumbprint(keyPair)
  const { algorithm, extractable } = keyPair.privateKey
  fill(
    'credentials',
    h('h3', {}, 'Key'),
    pairs([
      ['Algorithm', algorithm.name],
      ['Thumbprint', h('code', {}, thumbprint)],
      ['Private key', extractable ? 'can be read out' : 'in this browser, cannot be read out'],
    ]),
    ...tokenParts(accessToken, thumbprint),
  )
}

function tokenParts(token: string, thumbprint: string): readonly HTMLElement[] {
  const decoded = decode(token)
  if (decoded === undefined) return [hint('The token is opaque.')]
  const { cnf } = decoded.claims
  const isBound = Object(cnf) as { jkt?: unknown } // whatever it is
  const note = isBound.jkt === thumbprint ? 'The token is bound to this key: cnf.jkt is its thumbprint.' : undefined
  return [
    h('h3', {}, 'Token: header'),
    claimList(decoded.header),
    h('h3', {}, 'Token: claims'),
    claimList(decoded.claims),
    ...(note === undefined ? [] : [h('p', { class: 'note' }, note)]),
  ]
}

/** By name and value, times in words. @param usual - those of a good token: what is different is marked */
export function claimList(claims: Claims, usual: Claims = claims): HTMLElement {
  const now = Date.now() / 1000
  const list = pairs(
    Object.entries(claims).map(([name, value]) => {
      const told = claimInWords(name, value, now)
      const isUsual = name === 'jti' || JSON.stringify(value) === JSON.stringify(usual[name])
      return [name, isUsual ? told : h('mark', {}, told)]
    }),
  )
  list.className = 'claims'
  return list
}
