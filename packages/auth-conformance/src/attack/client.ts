import { createProof } from '@acme/auth-testing'
import type { AccessTokenOptions } from '@acme/auth-testing'

import { ContractClient } from '../contract/client.js'
import type { ProofDefect } from '../contract/client.js'
import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import type { AttackedApi } from './api.js'
import { NotApplicable } from './not-applicable.js'
import { tokensFor } from './tokens.js'

type Header = readonly [name: string, value: string]

// `/any` and `/read` of the contract stand for the route under attack: any valid token, and this scope.
const READ = '/read'
const SCOPE = /read:messages/gi

/**
 * A client of the contract whose requests go to the route under attack. Where that demands DPoP, its Bearer tokens are
 * bound and come with a good proof; where it demands nonces, its proofs have the latest.
 */
export class AttackClient extends ContractClient {
  readonly #api: AttackedApi
  readonly #addsNonces: boolean

  constructor(api: AttackedApi, options: { readonly addsNonces?: boolean } = {}) {
    const { fixture, issuer, target } = api
    super(fixture, target.address.port, api.mints ? tokensFor(issuer, wantedClaims(api)) : issuer)
    this.#api = api
    this.#addsNonces = options.addsNonces ?? true
  }

  override get host(): string {
    return this.#api.target.host
  }

  override get otherMethod(): string {
    return this.#api.method === 'POST' ? 'PUT' : 'POST'
  }

  override url(target: string): string {
    const { origin, path } = this.#api.target
    return origin + target.replace(/\/any|^\/read/, () => path)
  }

  override request(target: string, headers: readonly Header[] = [], method: string = this.#api.method): RawRequest {
    const hasContent = /^(?:POST|PUT|PATCH)$/.test(method) && !headers.some(([name]) => name === 'Content-Length')
    const length: readonly Header[] = hasContent ? [['Content-Length', '0']] : []
    return super.request(this.#targetOf(target), [...headers, ...this.#api.headers, ...length], method)
  }

  override send(request: RawRequest): Promise<RawResponse> {
    return this.#api.send(request)
  }

  override async bearer(token: AccessTokenOptions | string = {}, target = '/any'): Promise<RawRequest> {
    const options = typeof token === 'string' ? token : this.#forRoute(token, target)
    if (this.#api.mode !== 'required') return super.bearer(options, target)
    return this.request(
      target,
      await this.#headersOf(target, typeof options === 'string' ? options : await this.boundToken(options)),
    )
  }

  override async dpopHeaders(target: string, defect: ProofDefect = {}): Promise<Header[]> {
    const hasOwn = 'nonce' in defect || (defect.claims !== undefined && 'nonce' in defect.claims)
    const { method } = this.#api
    const token = this.#forRoute(defect.token ?? {}, target)
    return super.dpopHeaders(target, { method, ...(!hasOwn && this.#nonce()), ...defect, token })
  }

  override async nonce(): Promise<string> {
    if (this.#api.nonce === undefined) throw new NotApplicable('this API hands out no nonces')
    return this.#api.nonce
  }

  override symmetric(alg: string, secret: Uint8Array): Promise<string> {
    return super.symmetric(alg, secret, wantedClaims(this.#api))
  }

  #nonce(): { nonce?: string } {
    return this.#addsNonces && this.#api.demandsNonces && this.#api.nonce !== undefined
      ? { nonce: this.#api.nonce }
      : {}
  }

  async #headersOf(target: string, token: string): Promise<Header[]> {
    const key = this.fixture.clientKey
    const { method } = this.#api
    const proof = await createProof({ key, method, url: this.url(target), accessToken: token, ...this.#nonce() })
    return [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', proof],
    ]
  }

  /** Of the route that wants a scope: its own in place of the contract's, and none where the case has none. */
  #forRoute(options: AccessTokenOptions, target: string): AccessTokenOptions {
    if (!target.startsWith(READ)) return options
    const { scope: given, ...others } = options
    return { ...others, claims: { scope: given === undefined ? given : this.#scopeFor(given), ...others.claims } }
  }

  #scopeFor(given: string): string {
    const { scopes } = this.#api
    const own = scopes.join(' ')
    const scope = given.replaceAll(SCOPE, (text) => (text === text.toUpperCase() ? own.toUpperCase() : own))
    const isMeant = given.split(' ').includes('read:messages')
    // By chance another scope of the contract, or its spelling, is what this route requires.
    if (!isMeant && scopes.length > 0 && scopes.every((one) => scope.split(' ').includes(one)))
      throw new NotApplicable('that is the scope which this route requires')
    return scope
  }

  #targetOf(target: string): string {
    const { path, query } = this.#api.target
    if (target.startsWith(READ) && this.#api.scopes.length === 0)
      throw new NotApplicable('no scope is known that this route requires')
    const [, route, more = ''] = /^(\/any|\/read)(?![\w-])(.*)$/.exec(target) ?? []
    if (route === undefined) throw new NotApplicable()
    return path + (more.startsWith('?') ? query + (query === '' ? more : more.replace('?', '&')) : more + query)
  }
}

/** What a good token of this API has besides. */
function wantedClaims({ fixture, mode, scopes, claims }: AttackedApi): Readonly<Record<string, unknown>> {
  return {
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(mode === 'required' && { cnf: { jkt: fixture.clientKey.thumbprint } }),
    ...claims,
  }
}
