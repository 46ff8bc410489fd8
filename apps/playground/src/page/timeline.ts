import type { Exchange } from './exchange.js'
import type { LoginStep } from './login-steps.js'

/** A line of the timeline. */
export interface Moment {
  readonly label: string
  readonly answer: string
  readonly isGood: boolean
  readonly ms: number
  /** Where its bar begins, and how long it is: shares of the whole width. Undefined where people were waited for. */
  readonly bar: { readonly from: number; readonly width: number } | undefined
}

/** From the login to the last answer of a server. What a person took has no bar: beside it all others would vanish. */
export function timelineOf(login: readonly LoginStep[], steps: Exchange['steps']): readonly Moment[] {
  const requests = login.filter(({ status }) => status !== undefined)
  const first = steps[0]?.answer.startedAt ?? 0
  const spent = requests.reduce((sum, { ms }) => sum + ms, 0)
  const whole = spent + steps.reduce((end, { answer }) => Math.max(end, answer.startedAt - first + answer.ms), 0)
  const share = (ms: number): number => (whole === 0 ? 0 : ms / whole)
  let from = 0
  const before = login.map(({ label, status, ms }): Moment => {
    if (status === undefined) return { label, answer: '', isGood: true, ms, bar: undefined }
    const bar = { from: share(from), width: share(ms) }
    from += ms
    return { label, answer: String(status), isGood: status < 300, ms, bar }
  })
  const sent = steps.map(({ label, method, url, answer }): Moment => {
    const bar = { from: share(spent + answer.startedAt - first), width: share(answer.ms) }
    const { pathname } = new URL(url)
    const isGood = answer.status < 300
    return { label: `${label}: ${method} ${pathname}`, answer: answerText(answer), isGood, ms: answer.ms, bar }
  })
  return [...before, ...sent]
}

function answerText({ status, body }: Exchange['last']['answer']): string {
  const [, error] = /"error":"(\w+)"/.exec(body) ?? []
  return error === undefined ? String(status) : `${status} ${error}`
}
