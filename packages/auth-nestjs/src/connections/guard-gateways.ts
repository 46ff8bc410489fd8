import { optional, requirements } from '@acme/auth-core'
import type { Requirements, ResourceServer } from '@acme/auth-core'
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'

import { wantedOfClass } from '../access.js'
import { globalGuards, guardsOn, isUnchanged } from '../applied-guards.js'
import type { CredentialsRequest } from '../call.js'
import { Auth0Guard, isOfAnother, testReplacement } from '../guard.js'
import { rememberHandshake } from '../handshake.js'
import { isObject, member } from '../object.js'
import { Gate } from './gate.js'
import { gatewaysOf } from './gateways.js'
import type { Gateway } from './gateways.js'
import { guardEngine, guardNamespace, Members } from './socket-io-gate.js'
import type { IoServer, Namespace } from './socket-io-gate.js'
import { guardWs } from './ws-gate.js'
import type { WsServer } from './ws-gate.js'

/** An application whose gateways are to be guarded. */
export interface GuardedApplication {
  readonly modules: ModulesContainer
  readonly settings: ApplicationConfig
  /** Express' application, or Fastify's instance. */
  readonly platform: unknown
}

/** Keeps the handshakes of `ws`, whose clients do not have them, so that messages can be judged by them. */
export function keepHandshakes(modules: ModulesContainer): void {
  const servers = new Set(gatewaysOf(modules).map(({ server }) => server))
  for (const server of servers) if (isWs(server)) server.prependListener('connection', rememberHandshake)
}

/**
 * Has handshakes judged before they are answered, of gateways whose class is guarded. Where several share a server, it lets
 * in whom one of them would: their messages are judged all the same. One that is open opens the server.
 */
export function guardGateways(resourceServer: ResourceServer, application: GuardedApplication): void {
  if (testReplacement(application.modules) !== undefined) return
  const gate = new Gate(resourceServer, application.platform)
  const gateways = gatewaysOf(application.modules).map(({ server, ...one }) => ({
    server,
    wanted: demandOf(one, application.settings, resourceServer),
  }))
  for (const [server, wanted] of demandsBy(gateways, (one) => one.server))
    if (isWs(server)) guardWs(server, gate, wanted)
  guardSocketIo(gateways, gate)
}

function guardSocketIo(all: readonly Demand[], gate: Gate): void {
  const gateways = all.filter(({ server }) => isIo(ioOf(server)))
  const engines = demandsBy(gateways, ({ server }) => ioOf(server))
  for (const [server, wanted] of engines) if (isIo(server)) guardEngine(server, gate, wanted)
  const members = new Map(gateways.map(({ server: one }) => [ioOf(one), new Members(engines.has(ioOf(one)))]))
  for (const [namespace, wanted] of demandsBy(gateways, ({ server }) => server)) {
    const joined = members.get(ioOf(namespace))
    if (isNamespace(namespace) && joined !== undefined) guardNamespace(namespace, gate, wanted, joined)
  }
}

interface Demand {
  readonly server: object
  /** Undefined: anybody may connect. */
  readonly wanted: Requirements | undefined
}

function demandOf(
  { type, module }: Omit<Gateway, 'server'>,
  settings: ApplicationConfig,
  resourceServer: ResourceServer,
): Requirements | undefined {
  const guards = [...globalGuards(settings), ...guardsOn(type, module)]
    .filter((one) => one instanceof Auth0Guard)
    .filter((one) => isUnchanged(one) && !isOfAnother(one, resourceServer) && readsHandshakes(one, type))
  return guards.length > 0 ? wantedOfClass(type)[0] : undefined
}

/** Whether a guard takes credentials of the handshake: one with a getRequest of its own may want them in each message. */
function readsHandshakes(guard: Auth0Guard, type: Gateway['type']): boolean {
  if (guard.getRequest === Auth0Guard.prototype.getRequest) return true
  const request: CredentialsRequest = { headers: {} }
  const context = new ExecutionContextHost([{ request }, undefined], type, () => undefined)
  context.setType('ws')
  try {
    return guard.getRequest(context) === request
  } catch {
    return false
  }
}

/** What all that share a thing want of those whom at least one of them lets in; nothing said of things that are open. */
function demandsBy(list: readonly Demand[], shared: (one: Demand) => object): ReadonlyMap<object, Requirements> {
  const demands = new Map<object, Requirements>()
  for (const key of new Set(list.map(shared))) {
    const group = list.filter((one) => shared(one) === key).map((one) => one.wanted)
    const wanted = group.filter((one) => one !== undefined)
    if (wanted.length === group.length) demands.set(key, anyOf(wanted))
  }
  return demands
}

function anyOf(wanted: readonly Requirements[]): Requirements {
  const [first, ...others] = new Set(wanted)
  if (first !== undefined && others.length === 0) return first
  return wanted.some((one) => one.optional) ? optional() : requirements({ anyOf: wanted })
}

function isWs(server: object): server is WsServer {
  return ['handleUpgrade', 'shouldHandle', 'prependListener'].every(
    (name) => typeof member(server, name) === 'function',
  )
}

/** A server of socket.io is its own first namespace. */
function ioOf(server: object): object {
  const io = member(server, 'server')
  return isObject(io) ? io : server
}

function isNamespace(server: object): server is Namespace {
  return isIo(ioOf(server))
}

function isIo(server: object): server is IoServer {
  return typeof member(member(server, 'engine'), 'handleUpgrade') === 'function'
}
