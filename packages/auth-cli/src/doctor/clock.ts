import { inWords } from '../inspect/times.js'
import type { Discovered } from './discovery.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'

const { pass, warn, fail } = findingsOf('clock')

// Seconds: the tolerances of core for tokens and for proofs, by default.
const FOR_TOKENS = 5
const FOR_PROOFS = 30

/** The clock of this machine against the Date header of the issuer (RFC 9110 §6.6.1), which is exact to a second. */
export function checkClock({ answer, at }: Discovered): readonly Finding[] {
  // A cache hands out the date of then, and says how long ago that is (RFC 9111 §5.1).
  const age = Number(answer?.headers['age'] ?? 0) || 0
  const date = Date.parse(answer?.headers['date'] ?? '') / 1000 + age
  if (Number.isNaN(date)) return []
  const ahead = at - (date + 0.5)
  if (Math.abs(ahead) <= FOR_TOKENS) return [pass('issuer', 'the clock agrees with that of the issuer')]
  const says = `the clock is ${inWords(ahead)} ${ahead > 0 ? 'ahead of' : 'behind'} that of the issuer`
  const why = {
    cause:
      ahead > 0
        ? 'tokens and proofs are taken for expired'
        : 'new tokens are taken for not valid yet (iat, nbf), and expired ones for good',
    evidence: `here ${new Date(at * 1000).toISOString()}, there Date: ${answer?.headers['date'] ?? ''}`,
    fix: 'have the clock set by NTP (timedatectl set-ntp true, chrony); a larger clockTolerance only hides it',
  }
  return [Math.abs(ahead) > FOR_PROOFS ? fail('issuer', says, why) : warn('issuer', says, why)]
}
