/** The names of metrics, unless an option gives others. */
export type MetricName =
  | 'acme.auth.decisions'
  | 'acme.auth.shadow.refusals'
  | 'acme.auth.authenticate.duration'
  | 'acme.auth.keys.transitions'
  | 'acme.auth.keys.fetch.duration'
  | 'acme.auth.token_cache.lookups'
  | 'acme.auth.token_cache.tokens'
  | 'acme.auth.replay.checks'
  | 'acme.auth.introspection.answers'
  | 'acme.auth.introspection.transitions'
  | 'acme.auth.revocation.transitions'
  | 'acme.auth.connection.transitions'
  | 'acme.auth.connection.open'
  | 'acme.auth.connection.duration'
  | 'acme.auth.dependency.up'
  | 'acme.auth.warnings'

/** A metric: what it counts, in which unit, and by which attributes. */
export interface Metric {
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram'
  /** By UCUM; what stands in braces is no unit, but says what is counted. */
  readonly unit: string
  readonly description: string
  readonly attributes: readonly string[]
  /** Upper bounds of the buckets of a histogram, in seconds. */
  readonly buckets?: readonly number[]
}

// Of what a cached token takes, up to waiting for an issuer.
const DECISION_BUCKETS = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
const FETCH_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const CONNECTION_BUCKETS = [1, 10, 60, 300, 900, 3600, 14_400, 86_400]

/**
 * All metrics. Named after those of ASP.NET Core, where it has such: `aspnetcore.authentication.authenticate.duration`,
 * and `aspnetcore.authentication.challenges`, `.forbids` and `aspnetcore.authorization.attempts`, which are decisions of
 * status 401, 403, and any.
 */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  'acme.auth.decisions': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Requests that a guard let through or refused',
    attributes: [
      'acme.auth.outcome',
      'acme.auth.reason',
      'acme.auth.scheme',
      'http.response.status_code',
      'acme.auth.tenant',
      'http.route',
    ],
  },
  'acme.auth.shadow.refusals': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Accepted requests that the settings that are tried would refuse',
    attributes: ['acme.auth.reason'],
  },
  'acme.auth.authenticate.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'What deciding on a request took, of a sample',
    attributes: ['acme.auth.outcome'],
    buckets: DECISION_BUCKETS,
  },
  'acme.auth.keys.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Changes of the state of the keys of an issuer',
    attributes: ['acme.auth.issuer', 'acme.auth.transition'],
  },
  'acme.auth.keys.fetch.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'What fetching the keys of an issuer took',
    attributes: ['acme.auth.issuer', 'acme.auth.transition'],
    buckets: FETCH_BUCKETS,
  },
  'acme.auth.token_cache.lookups': {
    kind: 'counter',
    unit: '{lookup}',
    description: 'Look-ups in the cache of verified tokens',
    attributes: ['acme.auth.result'],
  },
  'acme.auth.token_cache.tokens': {
    kind: 'upDownCounter',
    unit: '{token}',
    description: 'Tokens in the cache of verified tokens',
    attributes: [],
  },
  'acme.auth.replay.checks': {
    kind: 'counter',
    unit: '{check}',
    description: 'Answers of the replay store about DPoP proofs',
    attributes: ['acme.auth.result'],
  },
  'acme.auth.introspection.answers': {
    kind: 'counter',
    unit: '{answer}',
    description: 'Answers about opaque tokens',
    attributes: ['acme.auth.result'],
  },
  'acme.auth.introspection.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Changes of the state of an introspection endpoint',
    attributes: ['acme.auth.issuer', 'acme.auth.transition'],
  },
  'acme.auth.revocation.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Revocations, and changes of the state of their sources',
    attributes: ['acme.auth.source', 'acme.auth.transition'],
  },
  'acme.auth.connection.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Connections that were opened, renewed and ended',
    attributes: ['acme.auth.transition'],
  },
  'acme.auth.connection.open': {
    kind: 'upDownCounter',
    unit: '{connection}',
    description: 'Connections that are open',
    attributes: [],
  },
  'acme.auth.connection.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long connections that ended were open',
    attributes: ['acme.auth.transition'],
    buckets: CONNECTION_BUCKETS,
  },
  'acme.auth.dependency.up': {
    kind: 'gauge',
    unit: '',
    description: 'Whether what decisions depend on can be used: 1 or 0',
    attributes: ['acme.auth.dependency', 'acme.auth.issuer', 'acme.auth.source'],
  },
  'acme.auth.warnings': {
    kind: 'counter',
    unit: '{warning}',
    description: 'Dangerous settings',
    attributes: ['acme.auth.code'],
  },
}
