import { deepStrictEqual, match } from 'node:assert/strict'

import type { ContractServer } from './contract.js'
import { expectedAnswer, seenAnswer } from './expectations.js'
import type { Expected } from './expectations.js'
import { assertAnswer } from './level.js'
import type { ContractLevel } from './level.js'
import { sendRaw } from './raw-http.js'
import type { RawRequest } from './raw-http.js'
import { keysUnavailable } from './refusals.js'

/** A server under contract, as its clients see it. */
export class ProtectedApi {
  readonly port: number
  /** See {@link ContractServer.takesTurns}. */
  readonly takesTurns: boolean
  readonly #level: ContractLevel

  constructor({ port, takesTurns = true }: ContractServer, level: ContractLevel = 'house') {
    this.#level = level
    this.port = port
    this.takesTurns = takesTurns
  }

  /** Sends a Bearer token, or none; the answer must be this one. */
  async answers(token: string | undefined, expected: Expected, target = '/any'): Promise<void> {
    const request = this.request(token, target)
    assertAnswer(this.#level, request, await sendRaw(this.port, request), expected)
  }

  /** The status of the answer to a token. */
  async status(token: string): Promise<number> {
    return (await sendRaw(this.port, this.request(token))).status
  }

  /** Whether the answer to a token has status 200; with another one it must be the 503 of missing keys. */
  async isBack(token: string): Promise<boolean> {
    const response = await sendRaw(this.port, this.request(token))
    if (response.status === 200) return true
    const retryAfter = headerOf(response.headers, 'retry-after')
    // RFC 9110 §10.2.3: delay-seconds; 0 would ask for an immediate retry.
    match(retryAfter, /^[1-9]\d*$/)
    const code = response.body.includes('NET_3002') ? 'NET_3002' : 'NET_3001'
    deepStrictEqual(seenAnswer(response), expectedAnswer(keysUnavailable(code, retryAfter)))
    return false
  }

  /** What a readiness probe gets. @throws when status and answer do not go together */
  async readiness(): Promise<unknown> {
    const { status, body } = await sendRaw(this.port, this.request(undefined, '/ready'))
    const answer = JSON.parse(body) as { readonly ready?: unknown } // compared by whoever asks
    deepStrictEqual(status, answer.ready === true ? 200 : 503)
    return answer
  }

  /** A GET request with this Bearer token, or with none. */
  request(token: string | undefined, target = '/any'): RawRequest {
    const credentials = token === undefined ? [] : [['Authorization', `Bearer ${token}`] as const]
    return { method: 'GET', target, headers: [['Host', `127.0.0.1:${this.port}`], ...credentials] }
  }
}

function headerOf(headers: readonly (readonly [name: string, value: string])[], wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
}
