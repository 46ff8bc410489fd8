import type { Expected } from './expectations.js'
import type { Clause } from './level.js'
import { sendRaw } from './raw-http.js'
import type { RawRequest, RawResponse } from './raw-http.js'
import type { ContractRoute } from './routes.js'
import { ContractClient } from './client.js'
import { configurationOf } from './configurations.js'
import type { ContractFixture } from './fixture.js'

/** The options of the resource server that a case runs against, as `createAuth` of an adapter takes them. */
export interface ContractOptions {
  readonly issuer?: string
  readonly issuers?: readonly string[]
  readonly tenants?: readonly ContractTenantOptions[]
  readonly audience: string
  readonly dpop?: ContractDpopOptions
  readonly mtls?: ContractMtlsOptions
  readonly tokenProfile?: 'rfc9068'
  readonly publicOrigins?: readonly string[]
  readonly publicUrl?: string
  readonly keys?: ContractKeyOptions
  /** Where the issuer is asked about opaque tokens (RFC 7662), without a secret. See `adapterOptions`. */
  readonly introspection?: { readonly endpoint: string }
  /** The resource whose metadata is served at its well-known paths (RFC 9728). */
  readonly resourceMetadata?: { readonly resource: string }
  /** Settings that are tried: they change no answer. */
  readonly shadow?: ContractShadowOptions
  /** Whether traces of refused requests are kept, which routes that serve `traces` answer. */
  readonly traces?: true
}

/** Settings of the server under contract that are tried beside those in force. */
export interface ContractShadowOptions {
  readonly dpop?: { readonly mode?: 'required'; readonly proofMaxAge?: number }
  readonly audience?: string
  readonly tokenProfile?: 'rfc9068'
  readonly requirements?: string
}

/** A tenant of the server under contract, and the host by which clients address it. */
export interface ContractTenantOptions {
  readonly id: string
  readonly hosts: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly dpop?: 'allowed' | 'required' | 'disabled'
}

/** How the server under contract judges tokens that are bound to a certificate (RFC 8705). */
export interface ContractMtlsOptions {
  readonly certificate: { readonly format: 'rfc9440' | 'xfcc' }
  readonly required?: boolean
}

/** How the server under contract judges DPoP proofs. */
export interface ContractDpopOptions {
  readonly mode?: 'allowed' | 'required' | 'disabled'
  /** Nonces (RFC 9449 §9): how they are made is the server's own business. */
  readonly nonce?: {
    /** Replicas with the same secret accept each other's nonces. Of several, the first makes them. */
    readonly secret: string | readonly string[]
    /** How long a nonce is good, in seconds. */
    readonly maxAge?: number
    /** `heal`: only a proof whose `iat` is not acceptable needs one. */
    readonly mode?: 'required' | 'heal'
  }
}

/** How the server under contract fetches and keeps keys. All in seconds. */
export interface ContractKeyOptions {
  /** How long fetched keys are fresh. */
  readonly maxAge?: number
  /** How long before that a refresh in the background begins. */
  readonly refreshAhead?: number
  /** How long beyond maxAge keys serve while the issuer cannot be reached. */
  readonly staleIfError?: number
  /** The time between two fetches for keys that are not there, after the first three. */
  readonly cooldown?: number
  /** The time for one whole fetch, body included. */
  readonly timeout?: number
}

/** How to start a server under contract. */
export interface ContractConfiguration {
  readonly options: ContractOptions
  /** The framework's own proxy setting: nothing, or the loopback addresses. */
  readonly trustProxy: false | 'loopback'
  /**
   * The routes to serve. Besides, without a guard, `GET /ready`: the answer of `resourceServer.ready()` as JSON, with status
   * 200 or 503.
   */
  readonly routes: readonly ContractRoute[]
}

/** A server that listens on 127.0.0.1 and serves the contract's routes. */
export interface ContractServer {
  readonly port: number
  /**
   * False for a runtime that lets busy connections keep others from their turn, as workerd does: storms then do not look
   * for how long another request waits. @defaultValue true
   */
  readonly takesTurns?: boolean
  close(): Promise<void>
}

/** What an adapter brings: starts its framework with the contract's routes. */
export type StartContractServer = (configuration: ContractConfiguration) => Promise<ContractServer>

/** The names of the configurations. */
export type ContractConfigurationName =
  | 'allowed'
  | 'required'
  | 'disabled'
  | 'nonce required'
  | 'nonce heal'
  | 'proxied'
  | 'origins'
  | 'public url'
  | 'rfc9068'
  | 'shadow'
  | 'two issuers'
  | 'tenants'
  | 'proxied tenants'
  | 'certificates'
  | 'certificates required'
  | 'certificates without proxy'
  | 'certificates of Envoy'
  | 'dead issuer'
  | 'introspection'
  | 'introspection down'

/** One request and the answer to it. */
export interface ContractCase {
  readonly name: string
  /** Whether somebody who means harm would send it. */
  readonly attack: boolean
  readonly configuration: ContractConfigurationName
  /** What demands it of every server; without one it is a rule of this kit alone. */
  readonly clause?: Clause
  /** The requests in order; the answer to the last one counts, the others must be accepted. */
  readonly requests: (client: ContractClient) => Promise<readonly RawRequest[]>
  readonly expected: Expected
}

/** Sends the requests of cases to one adapter; servers are started when first wanted and shared by the cases. */
export interface ContractRunner {
  /** Sends the requests of a case. @returns the last one and its answer */
  send(contractCase: ContractCase): Promise<{ readonly request: RawRequest; readonly response: RawResponse }>
  close(): Promise<void>
}

export function createContractRunner(fixture: ContractFixture, start: StartContractServer): ContractRunner {
  const servers = new Map<ContractConfigurationName, Promise<ContractServer>>()

  function serverFor(name: ContractConfigurationName): Promise<ContractServer> {
    const server = servers.get(name) ?? start(configurationOf(name, fixture))
    servers.set(name, server)
    return server
  }

  return {
    async send({ name, configuration, requests }) {
      const { port } = await serverFor(configuration)
      const [request, ...before] = (await requests(new ContractClient(fixture, port))).toReversed()
      if (request === undefined) throw new Error(`${name}: no request`)
      for (const earlier of before.toReversed()) {
        const { status, body } = await sendRaw(port, earlier)
        if (status !== 200) throw new Error(`${name}: an earlier request was answered with ${status} ${body}`)
      }
      return { request, response: await sendRaw(port, request) }
    },
    async close() {
      await Promise.all([...servers.values()].map(async (server) => (await server).close()))
    },
  }
}
