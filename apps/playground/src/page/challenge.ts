import { parseChallenges } from '@acme/auth-client'

const ERRORS: Readonly<Record<string, string>> = {
  invalid_request: 'the request is malformed, or sent in a way that is not accepted here',
  invalid_token: 'the token is not accepted: the client gets another one',
  insufficient_scope: 'the token is good, and does not allow this: the client asks for more',
  invalid_dpop_proof: 'the proof is not accepted: the client makes a new one, and a right one',
  use_dpop_nonce: 'a nonce is wanted: the client takes it from DPoP-Nonce, and comes again',
  insufficient_user_authentication: 'a stronger or fresher login is wanted: the client sends the user to log in again',
}

const PARAMETERS: Readonly<Record<string, (value: string) => string>> = {
  realm: (value) => `of the realm ${value}`,
  algs: (value) => `signed by ${value.split(' ').join(' or ')}`,
  scope: (value) => `the route wants the scope ${value}`,
  acr_values: (value) => `a login as ${value}`,
  max_age: (value) => `a login of the last ${value} seconds`,
  resource_metadata: (value) => `the API describes itself at ${value}`,
}

/** A challenge, for people. */
export interface ToldChallenge {
  readonly scheme: string
  readonly error: string | undefined
  readonly sentences: readonly string[]
}

/** `WWW-Authenticate` in words. */
export function inWords(value: string | undefined): readonly ToldChallenge[] {
  return parseChallenges(value).map(({ scheme, parameters }) => {
    const error = parameters.get('error')
    const told = [...parameters].flatMap(([name, text]) => PARAMETERS[name]?.(text) ?? [])
    const wanted = scheme === 'dpop' ? 'Wants a token with a proof' : 'Wants a token'
    const why = error === undefined ? [] : [`Says ${error}: ${ERRORS[error] ?? parameters.get('error_description')}.`]
    const name = scheme === 'dpop' ? 'DPoP' : scheme === 'bearer' ? 'Bearer' : scheme
    return { scheme: name, error, sentences: [...why, `${[wanted, ...told].join('; ')}.`] }
  })
}
