import { jsonOf } from '../../http.js'
import type { HttpAnswer } from '../../http.js'

/** What an answer says, in one line, with the correlation id that its log line has. */
export function evidenceOf({ status, headers, body }: HttpAnswer): string {
  const { error, error_description: description, code, correlation_id: id } = jsonOf({ status, headers, body }) ?? {}
  const known = [error, code, description].filter((one) => typeof one === 'string').join(' ')
  const challenge = known === '' ? ` ${headers['www-authenticate'] ?? ''}` : ` ${known}`
  return `${status}${challenge}${typeof id === 'string' ? `; its log has the detail under correlation id ${id}` : ''}`
}

/** The OAuth error code: of the body, or of the challenge. */
export function errorOf(answer: HttpAnswer): string | undefined {
  const { error } = jsonOf(answer) ?? {}
  const [, inChallenge] = /error="([^"]*)"/.exec(answer.headers['www-authenticate'] ?? '') ?? []
  return inChallenge ?? (typeof error === 'string' ? error : undefined)
}

/** The code of this kit; undefined from any other. */
export function kitCodeOf(answer: HttpAnswer): string | undefined {
  const { code } = jsonOf(answer) ?? {}
  return typeof code === 'string' ? code : undefined
}

/**
 * Whether token and proof were accepted: what the route requires beside them comes after, and so does what the application
 * itself says of a request, such as 404, 405 or a 400 of its own, which has no challenge.
 */
export function isAccepted({ status, headers }: HttpAnswer): boolean {
  if (status === 403) return true
  return status < 500 && status !== 401 && status !== 429 && headers['www-authenticate'] === undefined
}

/** Whether a limit of rates is in the way: canaries are some fifteen requests. */
export function isLimited({ status }: HttpAnswer): boolean {
  return status === 429
}
