import { reachFix } from './http.js'
import { messageOf } from './terminal.js'

/** Why a command failed: with the issuer's own words where it refused, and with what mends that nobody answers. */
export function failureText(error: unknown): string {
  const said = saidByIssuer(error)
  const code = networkCode(error)
  return [
    messageOf(error),
    ...(said === '' ? [] : [`; the issuer says: ${said}`]),
    ...(code === undefined ? [] : [`; ${code}: ${reachFix(code)}`]),
  ].join('')
}

/** `AuthClientError.issuerSaid()`, which hides what was sent. Not by its class: that is not loaded for every command. */
function saidByIssuer(error: unknown): string {
  if (!(error instanceof Error) || !('issuerSaid' in error) || typeof error.issuerSaid !== 'function') return ''
  const said: unknown = Reflect.apply(error.issuerSaid, error, []) as unknown // of whatever version of it
  if (typeof said !== 'object' || said === null) return ''
  const { error: code, description } = said as { error?: string; description?: string } // as auth-client has it
  return [code, description].filter((one) => one !== undefined).join(': ')
}

function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('reason' in error) || error.reason !== 'network') return undefined
  const { cause } = error
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
