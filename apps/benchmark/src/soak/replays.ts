import type { Call } from './http.js'
import type { HeldProof } from './held-proofs.js'
import { pick } from './pick.js'

export type Disguise =
  | 'as it was'
  | 'other query'
  | 'escaped path'
  | 'other host case'
  | 'other scheme case'
  | 'twin signature'

/** How a proof is sent once more: as it was, or so that it looks like another one and says the same. */
export const DISGUISES: Readonly<Record<Disguise, (held: HeldProof) => Call>> = {
  'as it was': callOf,
  // RFC 9449 §4.2: htu is without the query.
  'other query': (held) => ({ ...callOf(held), path: `${held.path}?again=${Math.random()}` }),
  // RFC 3986 §6.2.2.2: an escaped letter is the letter.
  'escaped path': (held) => ({ ...callOf(held), path: escapeLast(held) }),
  // RFC 9110 §4.2.3: the host is the same in any case.
  'other host case': (held) => withHeaders(held, { host: `LocalHost:${held.server.port}` }),
  // RFC 9110 §11.1: so is the scheme.
  'other scheme case': (held) => withHeaders(held, { authorization: `dpop ${held.token}` }),
  // For each ECDSA signature (r, s) there is (r, n - s), which anybody can make.
  'twin signature': (held) => withHeaders(held, { dpop: twinOf(held.proof) }),
}

const NAMES = Object.keys(DISGUISES) as Disguise[] // as: they are

export function anyDisguise(): Disguise {
  return pick(NAMES)
}

export function callOf({ server, method, path, token, proof }: Omit<HeldProof, 'goodUntil' | 'goneAfter'>): Call {
  return { server, method, path, headers: { authorization: `DPoP ${token}`, dpop: proof } }
}

function withHeaders(held: HeldProof, headers: Readonly<Record<string, string>>): Call {
  const call = callOf(held)
  return { ...call, headers: { ...call.headers, ...headers } }
}

/** Frameworks decode what stands for a parameter, and no fixed part of a path. */
function escapeLast({ path, method }: HeldProof): string {
  if (method !== 'DELETE') return path
  const code = path.charCodeAt(path.length - 1)
  return `${path.slice(0, -1)}%${code.toString(16)}`
}

// The order of P-256 (FIPS 186-5 and SP 800-186 §3.2.1.3).
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The same proof with the other valid signature. */
export function twinOf(proof: string): string {
  const end = proof.lastIndexOf('.') + 1
  const bytes = Buffer.from(proof.slice(end), 'base64url')
  const s = BigInt(`0x${bytes.toString('hex', 32)}`)
  const twin = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex')
  return proof.slice(0, end) + Buffer.concat([bytes.subarray(0, 32), twin]).toString('base64url')
}

const REPLAYED = '400 DPOP_6012'
// In the mode `heal` a proof that is too old is asked for a nonce, and one with an old nonce for a new one.
const TOO_OLD = ['401 DPOP_6013', '401 DPOP_6014']

/** What a replay may be answered. Times are seconds since the epoch: before it was sent, after it was answered. */
export function expectedOfReplay(
  { goodUntil, goneAfter }: Pick<HeldProof, 'goodUntil' | 'goneAfter'>,
  sent: number,
  answered: number,
): readonly string[] {
  if (answered <= goodUntil) return [REPLAYED]
  return sent > goneAfter ? TOO_OLD : [REPLAYED, ...TOO_OLD]
}

// The defaults of the servers, in seconds.
const PROOF_LIFETIME = 330
const NONCE_MAX_AGE = 300
// A client uses a nonce until an answer brings the next one, at half of its life: so long it is good for certain.
const NONCE_LEFT = 100
// The clocks of two processes on one machine, read to the millisecond.
const CLOCK = 0.05

/** How long an accepted proof would be good. `usedAt` is when it was sent, in seconds since the epoch. */
export function lifeOf(proof: string, usedAt: number): Pick<HeldProof, 'goodUntil' | 'goneAfter'> {
  const claims = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly iat: number
    readonly nonce?: string
  } // as: oauth4webapi made it
  if (claims.nonce !== undefined) return { goodUntil: usedAt + NONCE_LEFT, goneAfter: usedAt + NONCE_MAX_AGE + CLOCK }
  const until = claims.iat + PROOF_LIFETIME
  return { goodUntil: until - CLOCK, goneAfter: until + CLOCK }
}
