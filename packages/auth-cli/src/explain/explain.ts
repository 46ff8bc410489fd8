import { readFile } from 'node:fs/promises'

import { createResourceServer } from '@acme/auth-core'
import type { AuthContext, AuthOptions, ResourceRequest } from '@acme/auth-core'

import type { ExplainFlags } from '../commands/explain.js'
import { isObject } from '../inspect/decode.js'
import { mendOf, mendText } from '../mend.js'
import type { ToMend } from '../mend.js'
import { refusedText, viewOf } from '../refused.js'
import { environmentOf, optionsOf } from '../settings.js'
import { colour, columns, inline, messageOf, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'

/** What a request carries. */
export interface Credentials {
  readonly token: string | undefined
  readonly proof: string | undefined
}

/** The answer of the API to a request, by core's own decision. @throws {UsageError} */
export async function explainRequest(
  credentials: Credentials,
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<Answer> {
  const options = withKeys(await optionsOf(flags, await environmentOf(flags, terminal)), await keysOf(flags))
  // A proof that was used is looked at all the same: what is asked is whether it is a good one.
  const dpop = { ...options.dpop, replay: false } as const
  const server = createResourceServer({ ...options, dpop, onEvent: () => undefined })
  const { scope, permission } = flags
  const wanted = server.requirements({
    ...(scope !== undefined && { scopes: scope }),
    ...(permission !== undefined && { permissions: permission }),
  })
  const outcome = await server.authenticate(requestOf(credentials, flags), wanted)
  if (!outcome.ok) {
    const view = viewOf(outcome.error)
    const primary = doubled(credentials.token, flags) ?? mendOf(outcome.error, server.report())
    return {
      found: true,
      value: { ok: false, primary, ...view },
      text: `${colour('red', 'Refused:', terminal)} ${refusedText(view)}\n\n${mendText(primary, terminal)}`,
    }
  }
  const caller = callerOf(outcome.auth)
  const rows = Object.entries(caller).map(([name, value]) => [`  ${name}`, inline(value)] as const)
  return {
    found: false,
    value: { ok: true, primary: null, caller },
    text: `${colour('green', 'Accepted', terminal)}, but for replays, which are not looked for here.\n${columns(rows)}`,
  }
}

/** `Authorization: Bearer Bearer …`: the form of the token is all that core sees of it. */
function doubled(token = '', { scheme }: ExplainFlags): ToMend | undefined {
  if (scheme === undefined || !/^(?:bearer|dpop)\s/i.test(token)) return undefined
  return {
    says: 'the scheme stands twice in the Authorization header',
    fix: 'leave one out: the token begins after it',
  }
}

function callerOf(auth: AuthContext | null): object {
  return {
    scheme: auth?.scheme,
    subject: auth?.subject,
    clientId: auth?.clientId,
    scopes: auth?.scopes,
    permissions: auth?.permissions,
  }
}

function requestOf({ token, proof }: Credentials, flags: ExplainFlags): ResourceRequest {
  const { url, method } = flags
  // Split as text, as core does: parsing it could change the path.
  const [, scheme, host, target = '/'] = /^(https?):\/\/([^/?#]+)([/?][^#]*)?/i.exec(url) ?? []
  if (scheme === undefined || host === undefined)
    throw new UsageError(`--url: want a whole one, such as https://api.example.com/me`)
  const hops = Number(flags.trustHops)
  if (!Number.isInteger(hops) || hops < 0) throw new UsageError('--trust-hops: want a number of proxies')
  const given = flags.header.flatMap(headerOf)
  const hasHost = given.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return {
    method,
    target,
    scheme: scheme.toLowerCase(),
    rawHeaders: [
      ...(hasHost ? [] : ['host', host]),
      ...(token === undefined ? [] : ['authorization', authorization(token, proof, flags.scheme)]),
      ...(proof === undefined ? [] : ['dpop', proof]),
      ...given,
    ],
    peer: undefined,
    trustedHops: (chain) => Math.min(hops, chain.length),
    proxySetting: "the framework's setting, such as app.set('trust proxy', 1) (here: --trust-hops)",
    identity: {},
  }
}

function authorization(token: string, proof: string | undefined, scheme: string | undefined): string {
  if (/^(?:bearer|dpop) /i.test(token) && scheme === undefined) return token
  return `${scheme ?? (proof === undefined ? 'Bearer' : 'DPoP')} ${token}`
}

function headerOf(given: string): readonly string[] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(given) ?? []
  if (name === undefined || value === undefined) throw new UsageError("--header: want 'name: value'")
  if (/^authorization$/i.test(name)) throw new UsageError('--header: want the access token as --token')
  if (/^dpop$/i.test(name)) throw new UsageError('--header: want the proof as --proof')
  return [name, value]
}

async function keysOf({ jwks }: ExplainFlags): Promise<{ readonly keys: readonly unknown[] } | undefined> {
  if (jwks === undefined) return undefined
  try {
    const value: unknown = JSON.parse(await readFile(jwks, 'utf8'))
    if (isObject(value) && Array.isArray(value['keys'])) return { keys: value['keys'] as readonly unknown[] } // of core to check
  } catch (error) {
    throw new UsageError(`--jwks ${jwks}: ${messageOf(error)}`)
  }
  throw new UsageError(`--jwks ${jwks}: want a key set: { "keys": [...] }`)
}

function withKeys(
  { domain, issuer, ...others }: AuthOptions,
  jwks: { readonly keys: readonly unknown[] } | undefined,
): AuthOptions {
  const named = { ...(domain !== undefined && { domain }), ...(issuer !== undefined && { issuer }) }
  return jwks === undefined ? { ...others, ...named } : { ...others, issuers: [{ ...named, jwks }] }
}
