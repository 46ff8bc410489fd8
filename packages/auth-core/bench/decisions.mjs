import { createTestIssuer, createTestKey } from '@acme/auth-testing'

import { createResourceServer } from '../dist/index.js'
import { createMessages } from './messages.mjs'
import { createRandom, seedOf } from './random.mjs'

const ISSUER = 'https://issuer.test/'
const AUDIENCE = 'https://api.test/'
const START = 1_760_000_000
const STEPS = 60

/** @type {readonly (import('@acme/auth-testing').TestFault | undefined)[]} */
const FAULTS = ['reset', { status: 500 }, { body: '<html>', contentType: 'text/html' }, undefined, undefined]
const ANSWERS = [
  { issuer: ISSUER },
  { issuer: ISSUER },
  { issuer: ISSUER, audience: 'https://other.test/' },
  { issuer: ISSUER, algorithms: /** @type {const} */ (['RS256']) },
  undefined,
]

/**
 * Each case is a request that two servers decide on: one that remembers tokens, one that does not.
 *
 * @param {number} cases
 * @param {number} seed
 * @param {import('./differential.mjs').Tally} tally
 */
export async function compareDecisions(cases, seed, { count, disagree }) {
  const keys = await Promise.all([1, 2, 3].map(() => createTestKey('ES256')))
  const messages = await createMessages({ issuer: ISSUER, audience: AUDIENCE, start: START, keys })
  // The pause after a failure is drawn by lot: the same lot for both servers.
  const { random: lot } = Math
  Math.random = () => 0.5
  try {
    let decided = 0
    for (let run = 0; decided < cases; run++) {
      const world = await createWorld(createRandom(seedOf(seed + 1, run)), keys, messages)
      for (let step = 0; step < STEPS && decided < cases; step++) {
        const decision = await world.step()
        if (decision === undefined) continue
        decided += 1
        const [remembering, forgetting] = decision
        count(kindOf(forgetting))
        if (remembering === forgetting) continue
        disagree({ run, step, remembering, forgetting, policy: world.policy, history: world.history })
        // What follows would only be of the same cause.
        break
      }
    }
  } finally {
    Math.random = lot
  }
}

/** @param {string} decision */
function kindOf(decision) {
  return decision.split(' ', decision.startsWith('accepted') ? 1 : 2).join(' ')
}

/**
 * @param {import('./random.mjs').Random} random
 * @param {readonly import('@acme/auth-testing').TestKey[]} keys
 * @param {Awaited<ReturnType<typeof createMessages>>} messages
 */
async function createWorld(random, keys, messages) {
  let now = START
  let fetches = 0
  let answer = ANSWERS[0]
  const issuer = await createTestIssuer({ issuer: ISSUER, algorithm: 'ES256' })
  issuer.removeKey(issuer.signingKey.kid)
  for (const key of keys.slice(0, 2)) issuer.addKey(key)

  const policy = {
    tokenProfile: /** @type {const} */ (random.pick(['any', 'any', 'rfc9068'])),
    clockTolerance: random.pick([0, 5, 60]),
    dpop: { mode: /** @type {const} */ (random.pick(['allowed', 'allowed', 'allowed', 'required', 'disabled'])) },
    keys: { maxAge: 100, refreshAhead: random.pick([0, 30]), staleIfError: random.pick([0, 50, 1000]), cooldown: 10 },
  }
  const resolves = random.chance(0.3)
  const issuers = (/** @type {string} */ name) => (name === ISSUER ? answer : undefined)
  const fetch = (/** @type {Parameters<typeof globalThis.fetch>} */ ...args) => {
    fetches += 1
    return issuer.fetch(...args)
  }
  const servers = [random.pick([1, 2, 1000]), /** @type {const} */ (false)].map((tokenCache) => {
    const trusted = resolves ? { issuers } : { issuer: ISSUER }
    return createResourceServer({ ...policy, ...trusted, audience: AUDIENCE, fetch, tokenCache }, { now: () => now })
  })
  /** @type {ReturnType<typeof messages>[]} */
  const sent = []
  /** @type {string[]} */
  const history = []

  async function send() {
    const again = sent.length > 0 && random.chance(0.65)
    const message = again ? random.pick(sent.slice(-4)) : messages(random)
    sent.push(message)
    history.push(`${message.authorization.split(' ', 1)[0]} ${message.name}`)
    const decisions = []
    for (const server of servers) {
      const outcome = await server.authenticate(
        requestWith(message),
        message.scope ? server.requirements('a') : undefined,
      )
      decisions.push(textOf(outcome))
    }
    return decisions
  }

  /** @type {Readonly<Record<string, () => unknown>>} */
  const others = {
    advance: () => (now += random.pick([0.5, 1, 5, 10, 29, 30, 31, 45, 60, 99, 100, 101, 300, 4000, -10, -100])),
    'advance a little': () => (now += random.pick([1, 5, 10, 20, 30])),
    remove() {
      const key = random.pick(keys)
      issuer.removeKey(key.kid)
      return keys.indexOf(key)
    },
    publish() {
      const key = random.pick(keys)
      issuer.removeKey(key.kid)
      issuer.addKey(key)
      return keys.indexOf(key)
    },
    fail() {
      const [what, how] = [random.pick(/** @type {const} */ (['metadata', 'keys', 'all'])), random.pick(FAULTS)]
      issuer.fail(what, how)
      return [what, how ?? 'well']
    },
    resolve: () => (answer = random.pick(ANSWERS)),
    invalidate: () => servers.forEach((server) => server.invalidate()),
  }
  const names = Object.keys(others)

  return {
    policy: { ...policy, resolves },
    history,
    async step() {
      const decision = random.chance(0.65) ? await send() : undefined
      if (decision === undefined) {
        const name = random.pick(names)
        history.push(`${name} ${JSON.stringify(others[name]?.()) ?? ''}`)
      }
      // Lets what goes on in the background end, for both servers.
      for (; fetches > 0; fetches = 0)
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
      return decision
    },
  }
}

/** @param {{ authorization: string, dpop?: string | undefined }} message */
function requestWith({ authorization, dpop }) {
  return {
    method: 'GET',
    target: '/items',
    rawHeaders: ['Host', 'api.test', 'Authorization', authorization, ...(dpop === undefined ? [] : ['DPoP', dpop])],
    scheme: 'https',
    peer: '192.0.2.1',
    trustedHops: () => 0,
    identity: {},
  }
}

/** @param {import('../dist/index.js').Accepted | import('../dist/index.js').Refused} outcome */
function textOf(outcome) {
  if (outcome.ok) return `accepted ${JSON.stringify(outcome.auth)}`
  return `${outcome.status} ${outcome.error.reason} ${outcome.error.detail} ${outcome.headers['retry-after']}`
}
