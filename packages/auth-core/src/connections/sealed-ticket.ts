import { sha256 } from '#crypto'

import { base64url } from '../crypto/base64url.js'

/** What a ticket stands for. Never stored as it is: only who has the ticket can read it. */
export interface TicketContent {
  readonly token: string
  readonly scheme: 'Bearer' | 'DPoP'
  /** Of the key that a proof was made with when the ticket was sold. */
  readonly thumbprint: string | undefined
  readonly certificate: string | undefined
  readonly tenant: string | undefined
  /** Of the public URL, normalised. */
  readonly path: string
  /** Undefined: no page bought it. */
  readonly origin: string | undefined
  /** Seconds since the epoch. */
  readonly until: number
}

/** 32 bytes. */
export const TICKET: RegExp = /^[A-Za-z0-9_-]{43}$/
const IV_BYTES = 12
const encoder = new TextEncoder()

/** A new ticket, and what is stored of it. */
export async function sealTicket(content: TicketContent): Promise<{ ticket: string; id: string; sealed: string }> {
  const ticket = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const plain = encoder.encode(JSON.stringify(content))
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyOf(ticket), plain)
  return { ticket, id: await ticketId(ticket), sealed: `${base64url(iv)}.${base64url(new Uint8Array(cipher))}` }
}

/** Undefined for what nobody sealed with this ticket: somebody else wrote to the store. */
export async function openTicket(ticket: string, sealed: string): Promise<TicketContent | undefined> {
  const [iv = '', cipher = ''] = sealed.split('.')
  try {
    const algorithm = { name: 'AES-GCM', iv: bytesOf(iv) }
    const plain = await crypto.subtle.decrypt(algorithm, await keyOf(ticket), bytesOf(cipher))
    return JSON.parse(new TextDecoder().decode(plain)) as TicketContent // authenticated: it is what was sealed
  } catch {
    return undefined
  }
}

/** Names the ticket without being it. */
export async function ticketId(ticket: string): Promise<string> {
  return sha256(`id ${ticket}`)
}

/** The ticket is random and used for one message: hashed, it is a key (NIST SP 800-38D §8). */
async function keyOf(ticket: string): Promise<CryptoKey> {
  const bits = await crypto.subtle.digest('SHA-256', encoder.encode(`key ${ticket}`))
  return crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
