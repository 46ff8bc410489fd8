import { ADVICE } from '../outcome/advice.js'
import { always, onlyFailed } from './check.js'
import type { CheckRow } from './check.js'

const AGAIN = 'the client tries again after Retry-After'
const ONE = 'send one Authorization header, of the form: Bearer, a space, the token'

/** What comes before the token is looked into. */
export const CREDENTIAL_CHECKS: readonly CheckRow[] = [
  {
    check: 'tenant',
    clause: 'house rule',
    setting: 'tenants',
    expected: 'an answer of tenants.resolve',
    reasons: {
      tenant_unavailable: `a function of tenants failed or took too long: see the cause of the event; ${AGAIN}`,
    },
    when: ({ enforced }) => enforced('tenants'),
  },
  {
    check: 'renewal',
    clause: 'house rule',
    setting: '',
    expected: 'one renewal at a time, and no more than 20 refused in a minute',
    reasons: {
      renewal_pending: 'wait for the answer to a renewal before the next',
      renewals_refused: 'see why the renewals were refused, and let the client wait after each refusal',
    },
    when: onlyFailed,
  },
  {
    check: 'origin',
    clause: 'RFC 6455 §10.2',
    setting: 'connections.allowedOrigins',
    expected: 'no Origin, or one that is allowed',
    reasons: { origin_denied: 'add the origin of the page to connections.allowedOrigins' },
    when: onlyFailed,
  },
  {
    check: 'credentials',
    clause: 'RFC 6750 §2.1, RFC 9110 §11.6.2',
    setting: '',
    expected: 'one Authorization header with a scheme and a token of at most 16 KiB',
    reasons: {
      credentials_missing: 'send an access token in the Authorization header; see that no proxy removes it',
      credentials_malformed: ONE,
      credentials_repeated: `${ONE}; see that no proxy adds another`,
      token_too_large: 'have the issuer put less into the token: fewer groups, permissions and claims of your own',
    },
    when: always,
    seen: ({ scheme, byTicket }) => (byTicket ? 'a ticket' : scheme),
  },
  {
    check: 'ticket',
    clause: 'RFC 9700 §4.3.2',
    setting: 'connections.tickets',
    expected: 'a ticket that is unused, recent, and of this path, origin and tenant',
    reasons: {
      ticket_invalid: 'get a new ticket for each connection, and use it at once, at the path it is for',
      ticket_unavailable: `see the store of tickets: full, down or slow; ${AGAIN}`,
    },
    when: ({ byTicket }) => byTicket,
  },
  {
    check: 'scheme',
    clause: 'RFC 9449 §7.2',
    setting: 'dpop.mode, or dpop of requireAuth',
    expected: 'an accepted scheme',
    row: 'schemes',
    reasons: {
      dpop_required: ADVICE.dpop_required,
      dpop_disabled: ADVICE.dpop_disabled,
      token_bound: ADVICE.token_bound,
      credentials_malformed: ONE,
    },
    detail: /^(?:Bearer is not accepted here|dpop\.mode is disabled|not one token)/,
    when: always,
    seen: ({ scheme }) => scheme,
  },
]
