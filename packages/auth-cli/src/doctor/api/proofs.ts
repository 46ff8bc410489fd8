import { createDpopProof } from '@acme/auth-client/dpop'

import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import type { HttpAnswer } from '../../http.js'
import type { Api } from './api.js'
import { errorOf, evidenceOf, isAccepted, isLimited, kitCodeOf } from './answers.js'

const { pass, fail, warn } = findingsOf('api')

// Enough to meet another replica by round robin, and few enough to be no load.
const TRIES = 6
// Seconds: much older than any proof of a request that is on its way.
const AN_HOUR = 3600

/** A proof that goes to the API, by default one for its URL. */
interface Canary {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly nonce?: string | undefined
  /** Seconds since the epoch. */
  readonly now?: number
}

/** Calls the API with DPoP: which URL does it see, are replays refused, by all replicas, and does a nonce serve at each? */
export async function checkProofs({ url, obtained, send }: Api): Promise<readonly Finding[]> {
  const { bound } = obtained
  if (bound === undefined) return []
  const proofFor = ({ url: htu = url, nonce, now }: Canary): Promise<string> =>
    createDpopProof({ keyPair: bound.keyPair, method: 'GET', url: htu, accessToken: bound.token, nonce, now })
  const sendProof = (proof: string, headers = {}): Promise<HttpAnswer> =>
    send(url, { headers: { authorization: `DPoP ${bound.token}`, dpop: proof, ...headers } })
  const call = async (canary: Canary): Promise<HttpAnswer> => sendProof(await proofFor(canary), canary.headers)

  const first = await call({})
  if (kitCodeOf(first) === 'VAL_2005') return [pass('dpop', 'the API does not take DPoP')]
  // Some ask for nonces only where a clock is wrong; and clients use what they are given (RFC 9449 §8.2).
  const old = await call({ now: Date.now() / 1000 - AN_HOUR })
  const nonce = first.headers['dpop-nonce'] ?? old.headers['dpop-nonce']
  const ofNonce = nonce === undefined ? [] : [await checkNonce(nonce, call)]
  if (ofNonce.some(({ status }) => status === 'fail')) return ofNonce

  const proof = await proofFor({ nonce })
  const answer = await sendProof(proof)
  if (!isAccepted(answer)) return [...ofNonce, await refusedProof(answer, url, (canary) => call({ ...canary, nonce }))]
  return [
    ...ofNonce,
    pass('public_url', 'the API sees the URL that clients address', url),
    await checkForged(url, (canary) => call({ ...canary, nonce })),
    ...ofAge(old),
    await checkReplay(() => sendProof(proof)),
  ]
}

type Call = (canary: Canary) => Promise<HttpAnswer>

/** RFC 9449 §9: the nonce of one replica, shown to all. */
async function checkNonce(nonce: string, call: Call): Promise<Finding> {
  const answers: HttpAnswer[] = []
  for (let i = 0; i < TRIES; i++) answers.push(await call({ nonce }))
  const stale = answers.filter((answer) => errorOf(answer) === 'use_dpop_nonce')
  if (stale.length === 0) return pass('nonce', 'the API gives nonces, and takes its own')
  return fail('nonce', 'a nonce of the API is refused by the API', {
    cause:
      stale.length === TRIES
        ? 'it takes none of its nonces: they are over at once'
        : 'replicas have secrets of their own, so each takes its own nonces alone',
    evidence: `${stale.length} of ${TRIES} requests with a fresh nonce: ${evidenceOf(stale[0] ?? answers[0] ?? NO_ANSWER)}`,
    fix: 'give all replicas the same dpop.nonce.secret, and clocks that agree',
  })
}

const NO_ANSWER: HttpAnswer = { status: 0, headers: {}, body: '' }

/** The proof is good as far as is known here: so what does the API see? */
async function refusedProof(answer: HttpAnswer, url: string, call: Call): Promise<Finding> {
  const evidence = evidenceOf(answer)
  const other = url.startsWith('https:') ? url.replace('https:', 'http:') : url.replace('http:', 'https:')
  if (isAccepted(await call({ url: other }))) {
    return fail(
      'public_url',
      `the API takes ${new URL(other).protocol.slice(0, -1)} for the scheme that clients address`,
      {
        cause: 'the proxy that ends TLS is not trusted, or does not send X-Forwarded-Proto',
        evidence: `a proof for ${url}: ${evidence}; one for ${other} is accepted`,
        fix: "trust the proxy, and it alone: app.set('trust proxy', 1) in Express, trustProxy elsewhere; or set publicUrl",
      },
    )
  }
  if (kitCodeOf(answer) === 'DPOP_6001') {
    return fail('proof', 'the API sees no proof', {
      cause: 'it was sent one: something in between removes the header DPoP',
      evidence,
      fix: 'let the proxy hand the header DPoP on, and let CORS allow it',
    })
  }
  if (kitCodeOf(answer) === 'DPOP_6009') {
    const prefix = await takenOff(url, call)
    if (prefix !== undefined) return withoutPrefix(prefix, evidence)
    return fail('public_url', 'the API sees another URL than clients address', {
      cause: 'a proxy changes host, port or path, and is not trusted or does not say so',
      evidence,
      fix: 'the detail in the log of the API names the component and the setting; or set publicUrl',
    })
  }
  if (isLimited(answer)) return warn('proof', 'the API limits the rate', { evidence, fix: 'run doctor again later' })
  if (kitCodeOf(answer) === 'SRV_5001') {
    const fix = 'start the Redis of the API, and mend its REDIS_URL; run doctor there'
    return fail('proof', 'the API cannot look for replays', {
      cause: 'its replay store does not answer',
      evidence,
      fix,
    })
  }
  return fail('proof', 'the API refuses a good proof', {
    cause: errorOf(answer) ?? `${answer.status}`,
    evidence,
    fix:
      kitCodeOf(answer) === 'DPOP_6010'
        ? 'set the clocks here and there by NTP'
        : 'see the log of the API, under the correlation id',
  })
}

/** What a proxy takes off the path, if it does no more: then a proof for the rest is good. */
async function takenOff(url: string, call: Call): Promise<string | undefined> {
  const { origin, pathname } = new URL(url)
  const segments = pathname.split('/').slice(1)
  for (let count = 1; count < Math.min(segments.length, 4); count++) {
    const rest = `${origin}/${segments.slice(count).join('/')}`
    if (isAccepted(await call({ url: rest }))) return `/${segments.slice(0, count).join('/')}`
  }
  return undefined
}

function withoutPrefix(prefix: string, evidence: string): Finding {
  return fail('public_url', 'the API sees another path than clients address', {
    cause: `a proxy takes off ${prefix}, and does not say so`,
    evidence,
    fix: `trust the proxy, and let it send X-Forwarded-Prefix ${prefix} (nginx: proxy_set_header X-Forwarded-Prefix ${prefix};); or set publicUrl`,
  })
}

/** Whether anybody may say which URL was addressed: then a proof for one URL is good at another. */
async function checkForged(url: string, call: Call): Promise<Finding> {
  const { protocol, pathname } = new URL(url)
  const forge = (scheme: string, own: Readonly<Record<string, string>>): Promise<HttpAnswer> =>
    call({ url: `${scheme}//forged.invalid${pathname}`, headers: { 'x-forwarded-host': 'forged.invalid', ...own } })
  // A proxy may write some of these headers, and hand the others on.
  const answers = [
    await forge('https:', { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }),
    await forge(protocol, {}),
  ]
  if (!answers.some(isAccepted))
    return pass('forwarded', 'what a client says of the URL (X-Forwarded-Host) does not count')
  return fail('forwarded', 'any client may say which URL it addressed', {
    cause: 'every peer is trusted as a proxy, or the proxy hands X-Forwarded-Host of clients on',
    evidence: 'a proof for forged.invalid was accepted, with X-Forwarded-Host: forged.invalid',
    fix: "trust a number of hops or addresses in place of true: app.set('trust proxy', 1); let the proxy write the header (nginx: proxy_set_header X-Forwarded-Host $http_host;); and set publicOrigins",
  })
}

/** RFC 9449 §4.3 check 11. */
function ofAge(answer: HttpAnswer): readonly Finding[] {
  if (!isAccepted(answer)) return []
  return [
    fail('proof_age', 'a proof of an hour ago is accepted', {
      cause: 'proofs are good for too long: who steals one has so long, and the replay store has to keep each as long',
      evidence: `a proof with an iat of an hour ago: ${answer.status}`,
      fix: 'leave dpop.proofMaxAge (300 s) and dpop.clockTolerance (30 s) at their defaults',
    }),
  ]
}

/** RFC 9449 §11.1. */
async function checkReplay(again: () => Promise<HttpAnswer>): Promise<Finding> {
  const answers: HttpAnswer[] = []
  for (let i = 0; i < TRIES; i++) answers.push(await again())
  const accepted = answers.filter(isAccepted).length
  if (accepted === 0) return ofRefused(answers)
  return fail('replay', 'a proof is accepted more than once', {
    cause: accepted === TRIES ? 'replays are not looked for' : 'each replica remembers its own proofs alone',
    evidence: `the same proof ${TRIES} times more: accepted ${accepted} times`,
    fix:
      accepted === TRIES
        ? 'leave dpop.replay at its default, or give it a store'
        : 'dpop.replay: a store that replicas share: redisReplayStore of @acme/auth-redis',
  })
}

function ofRefused(answers: readonly HttpAnswer[]): Finding {
  const down = answers.find(({ status }) => status >= 500)
  if (down === undefined) return pass('replay', 'a proof is accepted once, whichever replica it meets')
  const why = { cause: 'the replay store does not answer', evidence: evidenceOf(down), fix: 'see the Redis of the API' }
  return warn('replay', 'replays are answered with a fault', why)
}
