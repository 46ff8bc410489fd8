import { mendText } from '../mend.js'
import { refusedText } from '../refused.js'
import { colour, columns, inline, printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'
import type { Check } from './checks.js'
import type { ApiVerdict, Inspected } from './inspect.js'

/** What was found out about a token, for people. */
export function inspectedText(found: Inspected, terminal: Terminal): string {
  const { form, header, claims, size, issuedBy, times, binding, suspicious, api, primary } = found
  const title = (text: string): string => colour('bold', text, terminal)
  const parts = [
    columns([
      ['form', `${FORMS[form]}, ${size} characters`],
      ...(issuedBy === undefined ? [] : [['issued by', issuedBy] as const]),
      ...(form === 'jwt' ? [['bound to', binding] as const] : []),
    ]),
  ]
  if (form !== 'opaque') parts.push(`${title('Header')}\n${membersOf(header)}`)
  if (form === 'jwt') parts.push(`${title('Claims')}\n${membersOf(claims, times)}`)
  if (suspicious.length > 0)
    parts.push(
      `${title('Suspicious')}\n${suspicious.map((one) => `  ${colour('yellow', '!', terminal)} ${printable(one)}`).join('\n')}`,
    )
  if (api === undefined)
    parts.push('No settings of an API, so nothing to hold the token against: see --issuer and --audience.')
  else parts.push(`${title('What this API says')}\n${checksOf(api.checks, terminal)}`, verdict(api, terminal))
  if (primary !== null) parts.push(mendText(primary, terminal))
  return parts.join('\n\n')
}

const FORMS = { jwt: 'a signed JWT', encrypted: 'an encrypted JWT (JWE)', opaque: 'no JWT' }

function membersOf(object: Readonly<Record<string, unknown>>, times: Readonly<Record<string, string>> = {}): string {
  const rows = Object.entries(object).map(
    ([name, value]) => [`  ${printable(name, 60)}`, times[name] ?? inline(value)] as const,
  )
  return columns(rows)
}

const MARKS = { pass: ['green', 'pass'], fail: ['red', 'fail'], unknown: ['dim', '?   '] } as const

function checksOf(checks: readonly Check[], terminal: Terminal): string {
  return checks
    .map(({ check, result, detail = '' }) => {
      const [format, mark] = MARKS[result]
      return `  ${colour(format, mark, terminal)}  ${check.padEnd(9)}  ${printable(detail, 1000)}`.trimEnd()
    })
    .join('\n')
}

function verdict({ refused, isVerified }: ApiVerdict, terminal: Terminal): string {
  if (refused !== undefined) return `${colour('red', 'Refused:', terminal)} ${refusedText(refused)}`
  const condition = isVerified ? '' : ', if its signature is good'
  return `${colour('green', 'Accepted', terminal)}${condition}. What a route requires beside it is not looked at.`
}
