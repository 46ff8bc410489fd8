import type { Alteration } from '../server/alterations.js'

export type Scheme = 'DPoP' | 'Bearer'

/** How a proof differs from a good one. */
export interface ProofChange {
  /** Seconds that the clock of the client is ahead. */
  readonly ahead?: number
  readonly method?: string
  /** In place of that of the request. */
  readonly path?: string
  /** For another token than the one beside it. */
  readonly forOtherToken?: true
  /** The algorithm of a key that the token is not bound to. */
  readonly byOtherKey?: 'ES256' | 'RS256'
  readonly nonce?: string
}

/** What is sent, in place of a good request. */
export interface Fault {
  readonly id: string
  readonly label: string
  /** What it is about, for whoever chooses. */
  readonly tells: string
  /** Where it is of one scheme only. */
  readonly scheme?: Scheme
  /** What its issuer has signed wrongly. */
  readonly alter?: readonly Alteration[]
  /** What is sent in place of the access token. */
  readonly instead?: 'nothing' | 'ID token' | 'no token' | 'changed token'
  /** Bound to the key of the page, where that is not what the scheme wants. */
  readonly isBound?: boolean
  /** Whether a proof goes with it, and how often, where that is not what the scheme wants. */
  readonly proofs?: 0 | 1 | 2
  readonly proof?: ProofChange
  readonly isTokenTwice?: true
  /** What happens before. */
  readonly before?: 'the token is revoked' | 'the request is sent once'
  /** To be seen at a route that wants a scope. */
  readonly wantsScope?: true
}

const HOUR = 3600

export const FAULT_GROUPS: readonly { readonly label: string; readonly faults: readonly Fault[] }[] = [
  {
    label: 'Good',
    faults: [{ id: 'none', label: 'Nothing is wrong', tells: 'A good token and, with DPoP, a fresh proof.' }],
  },
  {
    label: 'The token',
    faults: [
      { id: 'no-token', label: 'No token', tells: 'No Authorization header at all.', instead: 'nothing' },
      { id: 'expired', label: 'Expired', tells: 'The token ended an hour ago.', alter: ['expired'] },
      { id: 'not-yet', label: 'Not yet valid', tells: 'Its nbf is in an hour.', alter: ['not yet valid'] },
      {
        id: 'wrong-audience',
        label: 'Wrong audience',
        tells: 'The tenant issued it for another API.',
        alter: ['other audience'],
      },
      { id: 'wrong-issuer', label: 'Wrong issuer', tells: 'Another issuer is named in iss.', alter: ['other issuer'] },
      {
        id: 'missing-scope',
        label: 'Missing scope',
        tells: 'Good, but without the scopes of the route.',
        alter: ['without scopes'],
        wantsScope: true,
      },
      {
        id: 'revoked',
        label: 'Revoked',
        tells: 'Its user logs out everywhere first. It is another user: you stay logged in.',
        alter: ['of a user who leaves'],
        before: 'the token is revoked',
      },
      {
        id: 'changed',
        label: 'Changed by somebody',
        tells: 'Its claims were changed after it was signed.',
        instead: 'changed token',
      },
      { id: 'id-token', label: 'ID token', tells: 'The ID token of the login is sent.', instead: 'ID token' },
      { id: 'garbage', label: 'Not a token', tells: 'Some other text is sent.', instead: 'no token' },
    ],
  },
  {
    label: 'How it is sent',
    faults: [
      {
        id: 'bound-as-bearer',
        label: 'Bound token as Bearer',
        tells: 'A thief has the token but not the key.',
        scheme: 'Bearer',
        isBound: true,
      },
      {
        id: 'unbound-as-dpop',
        label: 'Unbound token as DPoP',
        tells: 'The token is bound to no key.',
        scheme: 'DPoP',
        isBound: false,
      },
      {
        id: 'bearer-with-proof',
        label: 'Bearer, and a proof beside it',
        tells: 'A client that means DPoP, and says Bearer.',
        scheme: 'Bearer',
        proofs: 1,
      },
      {
        id: 'two-tokens',
        label: 'Two Authorization headers',
        tells: 'A browser could not send them; somebody in between could.',
        isTokenTwice: true,
      },
    ],
  },
  {
    label: 'The DPoP proof',
    faults: [
      { id: 'no-proof', label: 'No proof', tells: 'The header DPoP is missing.', scheme: 'DPoP', proofs: 0 },
      { id: 'two-proofs', label: 'Two proofs', tells: 'The header DPoP comes twice.', scheme: 'DPoP', proofs: 2 },
      {
        id: 'replayed',
        label: 'Replayed proof',
        tells: 'The same request is sent twice, to the byte.',
        scheme: 'DPoP',
        before: 'the request is sent once',
      },
      {
        id: 'wrong-url',
        label: 'Wrong URL',
        tells: 'The proof was made for another path.',
        scheme: 'DPoP',
        proof: { path: '/api/other' },
      },
      {
        id: 'wrong-method',
        label: 'Wrong method',
        tells: 'The proof was made for another method.',
        scheme: 'DPoP',
        proof: { method: 'PUT' },
      },
      {
        id: 'slow-clock',
        label: 'Clock an hour slow',
        tells: 'Refused without nonces. With them the server hands one out, and the clock matters no more.',
        scheme: 'DPoP',
        proof: { ahead: -HOUR },
      },
      {
        id: 'fast-clock',
        label: 'Clock an hour fast',
        tells: 'The same, the other way round: proofs made in advance.',
        scheme: 'DPoP',
        proof: { ahead: HOUR },
      },
      {
        id: 'other-token',
        label: 'For another token',
        tells: 'Its ath is the hash of another token.',
        scheme: 'DPoP',
        proof: { forOtherToken: true },
      },
      {
        id: 'other-key',
        label: 'By another key',
        tells: 'A thief signs proofs for the token with a key of their own.',
        scheme: 'DPoP',
        proof: { byOtherKey: 'ES256' },
      },
      {
        id: 'rs256',
        label: 'Signed with RS256',
        tells: 'An algorithm that these servers do not accept for proofs.',
        scheme: 'DPoP',
        proof: { byOtherKey: 'RS256' },
      },
      {
        id: 'forged-nonce',
        label: 'Forged nonce',
        tells: 'The client makes the nonce up.',
        scheme: 'DPoP',
        proof: { nonce: 'made-up' },
      },
    ],
  },
]

export const GOOD: Fault = { id: 'none', label: '', tells: '' }

/** @returns a good request for an id that is unknown */
export function faultOf(id: string): Fault {
  return FAULT_GROUPS.flatMap(({ faults }) => faults).find((one) => one.id === id) ?? GOOD
}
