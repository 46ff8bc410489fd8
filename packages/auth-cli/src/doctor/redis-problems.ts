import { codeOf, reachFix } from '../http.js'
import { messageOf } from '../terminal.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'

const { fail } = findingsOf('redis')

/** What the error of a connection, or of its first questions, says. */
export function unreachableRedis(error: unknown, { host, protocol }: URL): Finding {
  const message = messageOf(error)
  if (message.startsWith('NOAUTH')) {
    return fail('reachable', 'Redis wants a password', {
      cause: message,
      evidence: host,
      fix: `mend user and password in REDIS_URL: ${protocol}//USER:PASSWORD@${host}`,
    })
  }
  if (/^(?:WRONGPASS|ERR AUTH|ERR Client sent AUTH)/.test(message)) {
    const isNone = /without any password configured|no password is set/i.test(message)
    return fail('reachable', isNone ? 'Redis has no password, and got one' : 'Redis refuses the password', {
      cause: message,
      evidence: host,
      fix: isNone
        ? `leave the password out, or name a user: REDIS_URL=${protocol}//${host}; better give that Redis one`
        : 'mend user and password in REDIS_URL; what is no letter or digit in them is percent-encoded',
    })
  }
  if (/^(?:LOADING|MASTERDOWN)/.test(message)) {
    const fix = 'run doctor again in a while: it loads what it kept, or waits for its master'
    return fail('reachable', 'Redis is not ready yet', { cause: message, evidence: host, fix })
  }
  if (message.startsWith('DENIED')) {
    const fix =
      'give that Redis a password (requirepass, or an ACL), and put it into REDIS_URL; leave protected-mode on'
    return fail('reachable', 'Redis is in protected mode', { cause: message.slice(0, 80), evidence: host, fix })
  }
  if (protocol === 'redis:' && /closed|ECONNRESET|no Redis/.test(message)) {
    const fix = `REDIS_URL=rediss://${host} where TLS is what listens there; else mend host and port`
    return fail('reachable', 'what listens there speaks no Redis without TLS', { cause: message, evidence: host, fix })
  }
  if (protocol === 'rediss:' && message.startsWith('no answer')) {
    const fix = `REDIS_URL=redis://${host} where that port speaks no TLS; else let this machine reach it`
    return fail('reachable', 'Redis does not answer in TLS', { cause: message, evidence: host, fix })
  }
  const code = codeOf(error)
  return fail('reachable', `Redis cannot be reached, so that DPoP requests are answered with 503: ${code}`, {
    cause: code,
    evidence: host,
    fix: reachFix(code),
  })
}

/** Why Redis refuses a write, and what mends it. */
export function notWritten(message: string): Finding {
  const [, what = 'refuses to write', fix = 'see the log of that Redis'] =
    WRITES.find(([pattern]) => pattern.test(message)) ?? []
  return fail('write', `Redis ${what}: DPoP requests are answered with 503`, { cause: message, fix })
}

const WRITES: readonly (readonly [error: RegExp, what: string, fix: string])[] = [
  [
    /^NOPERM.*\bkeys?\b(?!.*command)/i,
    'does not let this user write these keys',
    'let the user write keys that begin with dpop: ACL SETUSER user ~dpop:*',
  ],
  [
    /^NOPERM/,
    'does not let this user write',
    'let the user write: ACL SETUSER user ~dpop:* +set +get +del +eval +evalsha +script',
  ],
  [
    /^OOM/,
    'is full, and takes no writes',
    'give it more memory (CONFIG SET maxmemory): a full one that evicts nothing takes no proofs',
  ],
  [
    /^MISCONF/,
    'cannot save, and takes no writes',
    'free its disk, or mend its folder: it cannot save, and so takes no writes',
  ],
  [
    /^NOREPLICAS/,
    'waits for replicas, and takes no writes',
    'bring its replicas back: min-replicas-to-write wants them',
  ],
  [/^CLUSTERDOWN/, 'is a cluster with holes', 'bring all nodes of the cluster back: some slots have none'],
  [/^READONLY/, 'takes no writes', 'point REDIS_URL to the master, or connect through Sentinel'],
]
