import { inFlightName } from './candidates/check.js'
import { ES256, IMPORT_ES256, RS256 } from './candidates/limits.js'
import { HTTP_TARGETS } from './http/targets.js'
import { expiredName } from './parts/bearer.js'
import { importName, PACKAGES } from './parts/cold-start.js'
import { ALL_NEW, NEW_TOKEN, WARM } from './parts/dpop.js'
import { clientsName, MANY_ISSUERS, MANY_KEYS, ONE_OF_EACH } from './parts/growth.js'
import { BYTES, PAUSE, RESERVE } from './parts/replay.js'
import { heldName } from './parts/tail.js'
import { least, micros, millis, ratio } from './target.js'
import type { Target } from './target.js'

// An options object or a callback more is a larger share of the faster signature of Node 24.
const BEARER_LIMIT = process.versions.node.startsWith('24.') ? 1.35 : 1.4

/** Those that check as much: the type of the token included. */
const BEARER_PEERS = [
  'jose',
  'jose, remote key set',
  'fast-jwt',
  'fast-jwt + get-jwks',
  'express-oauth2-jwt-bearer',
  'hono jwk',
  'oauth4webapi',
]
const DPOP_PEERS = ['jose by hand', 'express-oauth2-jwt-bearer', 'oauth4webapi']

/** fast-jwt with a key at hand is synchronous: it costs the same in any number. */
const WIDE_BEARER_PEERS = BEARER_PEERS.map((name) => (name === 'fast-jwt' ? name : inFlightName(name)))

export const OURS = 'ours, new token'
export const SEEN = 'ours, token seen'

const BEARER: readonly Target[] = [
  ratio('bearer', 'new token / RS256 signature', BEARER_LIMIT, (of) => of(OURS) / of(RS256)),
  ratio(
    'bearer',
    'new token / RS256 signature, 32 in flight',
    BEARER_LIMIT,
    (of) => of(inFlightName(OURS)) / of(RS256),
  ),
  ratio('bearer', 'new token / fastest peer', 1, (of) => of(OURS) / least(of, BEARER_PEERS)),
  ratio(
    'bearer',
    'new token / fastest peer, 32 in flight',
    1,
    (of) => of(inFlightName(OURS)) / least(of, WIDE_BEARER_PEERS),
  ),
  micros('bearer', 'token seen before', 4, (of) => of(SEEN)),
  ratio(
    'bearer',
    'token seen before, token alone / fast-jwt’s cache',
    0.8,
    (of) => of(`${SEEN}, token alone`) / of('fast-jwt, token seen'),
  ),
  micros('bearer', 'expired token refused', 10, (of) => of(expiredName(OURS))),
]

const DPOP: readonly Target[] = [
  ratio('dpop', 'key known / RS256 + ES256 signatures', 1.25, (of) => of(NEW_TOKEN) / (of(RS256) + of(ES256))),
  ratio('dpop', 'key and token known / ES256 signature', 1.25, (of) => of(WARM) / of(ES256)),
  ratio(
    'dpop',
    'key and token known / best peer, 32 in flight',
    0.3,
    (of) => of(inFlightName(WARM)) / least(of, DPOP_PEERS.map(inFlightName)),
  ),
  ratio('dpop', 'nothing known / RS256 + import + ES256', 1.35, (of) => of(ALL_NEW) / (of(RS256) + of(IMPORT_ES256))),
]

const GROWTH: readonly Target[] = [
  ratio('growth', 'client keys: 100 / 1', 1.15, (of) => of(clientsName(100)) / of(clientsName(1))),
  ratio('growth', 'client keys: 10,000 / 1', 1.15, (of) => of(clientsName(10_000)) / of(clientsName(1))),
  ratio('growth', 'keys in a set: many / 1', 1.15, (of) => of(MANY_KEYS) / of(ONE_OF_EACH)),
  ratio('growth', 'issuers: 1,000 / 1', 1.15, (of) => of(MANY_ISSUERS) / of(ONE_OF_EACH)),
]

const OTHERS: readonly Target[] = [
  micros('replay', 'reserve at one million', 1, (of) => of(RESERVE)),
  { part: 'replay', name: 'memory of an entry', unit: 'bytes', atMost: 130, value: (of) => of(BYTES) },
  millis('replay', 'longest pause', 5, (of) => of(PAUSE)),
  millis('tail', 'burst of 1,000 DPoP requests: loop held', 20, (of) => of(heldName('ours'))),
  millis('cold', 'import of core', 12, (of) => of(importName('@acme/auth-core'))),
  { part: 'cold', name: 'packages brought along (jose)', unit: '', atMost: 1, value: (of) => of(PACKAGES) },
]

export const TARGETS: readonly Target[] = [...BEARER, ...DPOP, ...GROWTH, ...OTHERS, ...HTTP_TARGETS]
