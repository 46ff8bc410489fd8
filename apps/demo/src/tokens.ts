import { X509Certificate } from 'node:crypto'

import {
  allowInsecureRequests,
  clientCredentialsGrant,
  ClientSecretPost,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  modifyAssertion,
  randomDPoPKeyPair,
} from 'openid-client'
import type { CustomFetch, DPoPHandle } from 'openid-client'
import { generate } from 'selfsigned'
import { send } from './http.js'

/** The tokens that the rows use. Each is requested once, when a row first asks for it. */
export type TokenName =
  | 'reader'
  | 'writer'
  | 'admin'
  | 'nobody'
  | 'of the legacy API'
  | 'bound reader'
  | 'bound admin'
  | 'reader after rotation'
  | 'bound reader after rotation'
  | 'opaque'
  | 'bound opaque'
  | 'opaque, of the legacy API'
  | 'opaque, not seen before'
  | 'reader of tenant b'
  | 'bound reader of tenant b'
  | 'certified reader'
  | 'another of the reader'
  | 'leaver'
  | 'bound leaver'
  | 'leaver, again'

export type KeyName = 'own' | 'other'

/** What is wrong with a client of the own key: its clock is an hour slow or fast, or it makes nonces up. */
export type ClientKind = 'good' | 'slow' | 'fast' | 'forging'

/** A client with the own key that was handed no nonce so far. */
interface NewClient {
  readonly configuration: Configuration
  readonly handle: DPoPHandle
}

const CLOCK_OFF: Readonly<Record<ClientKind, number>> = { good: 0, slow: -3600, fast: 3600, forging: 0 }

interface TokenRequest {
  readonly client: 'reader' | 'writer' | 'admin' | 'nobody' | 'veiled' | 'certified' | 'leaver'
  readonly tenant?: 'second'
  readonly audience?: 'legacy'
  /** The key that the token is bound to. */
  readonly key?: KeyName
}

const TOKENS: Readonly<Record<TokenName, TokenRequest>> = {
  reader: { client: 'reader' },
  writer: { client: 'writer' },
  admin: { client: 'admin' },
  nobody: { client: 'nobody' },
  'of the legacy API': { client: 'reader', audience: 'legacy' },
  'bound reader': { client: 'reader', key: 'own' },
  'bound admin': { client: 'admin', key: 'own' },
  'reader after rotation': { client: 'reader' },
  'bound reader after rotation': { client: 'reader', key: 'own' },
  opaque: { client: 'veiled' },
  'bound opaque': { client: 'veiled', key: 'own' },
  'opaque, of the legacy API': { client: 'veiled', audience: 'legacy' },
  'opaque, not seen before': { client: 'veiled' },
  'reader of tenant b': { client: 'reader', tenant: 'second' },
  'bound reader of tenant b': { client: 'reader', tenant: 'second', key: 'own' },
  'certified reader': { client: 'certified' },
  'another of the reader': { client: 'reader' },
  leaver: { client: 'leaver' },
  'bound leaver': { client: 'leaver', key: 'own' },
  'leaver, again': { client: 'leaver' },
}

/** An OAuth client of the tenant: gets tokens and makes proofs, all by openid-client. */
export interface Wallet {
  readonly issuer: string
  readonly secondIssuer: string
  readonly audience: string
  /** For openid-client's calls to a protected resource. */
  readonly configuration: Configuration
  readonly keys: Readonly<Record<KeyName, DPoPHandle>>
  /** What a client shows in a handshake, as a proxy hands it on: values of `Client-Cert` (RFC 9440 §2.2). */
  readonly certificates: Readonly<Record<KeyName, string>>
  token(name: TokenName): Promise<string>
  /** Like `token`, but a new one at each call. */
  freshToken(name: TokenName): Promise<string>
  secretOf(client: string): string
  /** A client that starts anew, so that it has no nonce yet. */
  newClient(kind: ClientKind): NewClient
  /** Makes the tenant sign with a new key from now on. */
  rotateKey(): Promise<void>
  /** What the tenant says of a client whose sessions have all ended: a security event token. */
  sessionRevoked(client: string): Promise<string>
  /** Makes the tenant answer nobody, or answer again. */
  setAway(away: boolean): Promise<void>
}

export async function openWallet(tenantOrigin: string, secondOrigin: string): Promise<Wallet> {
  const [directory, second] = await Promise.all([readDirectory(tenantOrigin), readDirectory(secondOrigin)])
  const configure = (client: string, { issuer, secretOf }: Directory = directory): Promise<Configuration> =>
    discovery(new URL(issuer), client, undefined, ClientSecretPost(secretOf(client)), {
      execute: [allowInsecureRequests],
    })
  const configuration = await configure('reader')
  const ownKey = await randomDPoPKeyPair('ES256')
  const keys = {
    own: getDPoPHandle(configuration, ownKey),
    other: getDPoPHandle(configuration, await randomDPoPKeyPair('ES256')),
  }
  const certificates = { own: await createCertificate('own'), other: await createCertificate('other') }
  const requested = new Map<TokenName, Promise<string>>()

  async function freshToken(name: TokenName): Promise<string> {
    const { client, audience, key, tenant } = TOKENS[name]
    const parameters = { audience: audience === 'legacy' ? directory.legacyAudience : directory.audience }
    const dpop = key && { DPoP: keys[key] }
    const asked = await configure(client, tenant === 'second' ? second : directory)
    if (client === 'certified') asked[customFetch] = showing(certificates.own)
    return (await clientCredentialsGrant(asked, parameters, dpop)).access_token
  }

  return {
    ...directory,
    secondIssuer: second.issuer,
    configuration,
    keys,
    certificates,
    freshToken,
    token(name) {
      const token = requested.get(name) ?? freshToken(name)
      requested.set(name, token)
      return token
    },
    newClient(kind) {
      const client = new Configuration(configuration.serverMetadata(), 'reader', { [clockSkew]: CLOCK_OFF[kind] })
      allowInsecureRequests(client)
      const forge = {
        [modifyAssertion]: (_header: object, claims: object) => Object.assign(claims, { nonce: 'forged' }),
      }
      return { configuration: client, handle: getDPoPHandle(client, ownKey, kind === 'forging' ? forge : undefined) }
    },
    rotateKey: () => control(tenantOrigin, 'rotate'),
    async sessionRevoked(client) {
      const url = new URL('/tenant/session-revoked', tenantOrigin)
      url.searchParams.set('subject', `${client}@clients`)
      return textOf((await send('POST', url)).body, 'event')
    },
    setAway: (away) => control(tenantOrigin, away ? 'away' : 'back'),
  }
}

async function createCertificate(commonName: string): Promise<string> {
  const { cert } = await generate([{ name: 'commonName', value: commonName }], { keyType: 'ec', algorithm: 'sha256' })
  return `:${new X509Certificate(cert).raw.toString('base64')}:`
}

/** As a proxy in front of the tenant does. */
function showing(certificate: string): CustomFetch {
  return (url, { headers, ...init }) =>
    fetch(url, { ...init, headers: { ...headers, 'client-cert': certificate } } as RequestInit) // as: made for the global fetch
}

async function control(tenantOrigin: string, what: string): Promise<void> {
  const { status } = await send('POST', new URL(`/tenant/${what}`, tenantOrigin))
  if (status !== 204) throw new Error(`the tenant answered ${status} to ${what}`)
}

/** The proof that openid-client would send with this request. Nothing is sent. */
export async function captureProof(
  wallet: Wallet,
  key: KeyName | DPoPHandle,
  token: string,
  method: string,
  url: URL,
): Promise<string> {
  let proof: string | undefined
  const recorder = new Configuration(wallet.configuration.serverMetadata(), 'recorder')
  allowInsecureRequests(recorder)
  recorder[customFetch] = (_url, { headers }) => {
    proof = headers['dpop']
    return Promise.resolve(new Response())
  }
  const handle = typeof key === 'string' ? wallet.keys[key] : key
  await fetchProtectedResource(recorder, token, url, method, undefined, undefined, { DPoP: handle })
  if (proof === undefined) throw new Error('openid-client made no proof')
  return proof
}

interface Directory extends Pick<Wallet, 'issuer' | 'audience' | 'secretOf'> {
  readonly legacyAudience: string
}

async function readDirectory(tenantOrigin: string): Promise<Directory> {
  const { body } = await send('GET', new URL('/tenant/clients', tenantOrigin))
  const secrets = new Map(listOf(body['clients']).map((client) => [textOf(client, 'id'), textOf(client, 'secret')]))
  return {
    issuer: textOf(body, 'issuer'),
    audience: textOf(body, 'audience'),
    legacyAudience: textOf(body, 'legacyAudience'),
    secretOf(client) {
      const secret = secrets.get(client)
      if (secret === undefined) throw new Error(`the tenant has no client ${client}`)
      return secret
    },
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown, name: string): string {
  const member: unknown = Object.entries(Object(value) as object).find(([key]) => key === name)?.[1]
  if (typeof member !== 'string') throw new Error(`/tenant/clients: ${name} is not a string`)
  return member
}
