import { allowInsecureRequests, clockSkew, clockTolerance, customFetch } from 'oauth4webapi'
import type { Client, ClientAuth } from 'oauth4webapi'

import { authenticationOf } from '../client-authentication.js'
import { createIssuerClock } from '../clock.js'
import type { IssuerClock } from '../clock.js'
import { bindingOf } from '../dpop-handle.js'
import type { Binding } from '../dpop-handle.js'
import { createIssuer } from '../issuer/issuer.js'
import type { Issuer } from '../issuer/issuer.js'
import { resolveOptions } from '../options.js'
import type { AuthClientOptions, Settings } from '../options.js'
import { boundedFetch, TOKEN_BYTES } from '../resilience/bounded-fetch.js'
import { createResilience } from '../resilience/exchange.js'
import type { Resilience } from '../resilience/exchange.js'

/** What every grant of a client works with. */
export interface Context {
  readonly settings: Settings
  readonly issuer: Issuer
  readonly resilience: Resilience
  readonly clock: IssuerClock
  readonly authentication: ClientAuth
  readonly binding: () => Promise<Binding | undefined>
  /** As the library wants to know it, with the clock of the issuer. */
  client(): Client
  request(signal: AbortSignal): RequestOptions
}

/** What each request of the library is given. */
export interface RequestOptions {
  readonly signal: AbortSignal
  readonly [allowInsecureRequests]: true
  readonly [customFetch]: ReturnType<typeof boundedFetch>
}

// Seconds that an ID token may seem to be from the future: `Date` of an issuer says no less than a second.
const TOLERANCE = 30

/** @throws {AuthClientError} `options_invalid` */
export function createContext(options: AuthClientOptions): Context {
  const settings = resolveOptions(options)
  const { now, onEvent } = settings
  const clock = createIssuerClock(now)
  const onAnswer = (answer: Response): void => clock.learn(answer)
  const resilience = createResilience({ ...settings, onCircuit: (circuit) => onEvent({ type: 'circuit', circuit }) })
  const issuer = createIssuer({ ...settings, maxAge: settings.metadataMaxAge, resilience, onAnswer })
  const authentication = authenticationOf(options.authentication)
  const mtls = typeof options.authentication === 'object' && 'mtls' in options.authentication
  const fetch = mtlsFetch(options) ?? settings.fetch
  const post = boundedFetch({ fetch, now, maxBytes: TOKEN_BYTES, onAnswer })
  // The library reads the clock of the machine, which is not always the one that was given.
  const skew = (): number => Math.round(now() + clock.offset - Date.now() / 1000)
  return {
    settings,
    issuer,
    resilience,
    clock,
    authentication,
    binding: bindingOf(options.dpop, skew),
    client: () => ({
      client_id: settings.clientId,
      // RFC 8705 §5.
      use_mtls_endpoint_aliases: mtls,
      [clockSkew]: skew(),
      [clockTolerance]: TOLERANCE,
    }),
    // `isSafeUrl` has checked the endpoints; the library's own check knows no loopback hosts.
    request: (signal) => ({ signal, [allowInsecureRequests]: true, [customFetch]: post }),
  }
}

function mtlsFetch({ authentication }: AuthClientOptions): typeof globalThis.fetch | undefined {
  return typeof authentication === 'object' && 'mtls' in authentication ? authentication.mtls : undefined
}
