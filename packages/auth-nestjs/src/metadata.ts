import { asFault } from '@acme/auth-core'
import type { Requirements, ResourceServer } from '@acme/auth-core'

import type { Type } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { routeOf } from './access.js'
import { modulesOf, useOnPlatform } from './application.js'
import { Auth0Guard } from './guard.js'

type Next = (reason?: unknown) => void

/** What Express and Fastify's middie hand to a middleware. */
interface NodeRequest {
  readonly method?: string
  readonly url?: string
  readonly originalUrl?: string
  readonly headers: { readonly host?: string }
}

interface NodeResponse {
  readonly headersSent: boolean
  writeHead(status: number, headers: Readonly<Record<string, string>>): { end(body: string): void }
}

/**
 * Serves metadata before any route, whatever the global prefix: by a middleware of the platform, since one of a module would
 * be mounted below the prefix.
 */
export function serveMetadata(resourceServer: ResourceServer, module: object): void {
  if (resourceServer.resources.length === 0) return
  for (const wanted of demandsOf(modulesOf(module))) resourceServer.requirements(wanted)
  const respond = resourceServer.metadataResponder()
  useOnPlatform(module, (request: NodeRequest, response: NodeResponse, next: Next) => {
    const { method = 'GET', url = '/', originalUrl = url, headers } = request
    const answer = respond({ method, target: originalUrl, host: headers.host })
    if (answer === undefined) return next()
    answer.then(
      ({ status, headers: own, body }) => {
        // A time-out, say, may have answered already.
        if (!response.headersSent) response.writeHead(status, own).end(body)
      },
      (reason: unknown) => next(asFault(reason)),
    )
  })
}

/** What the controllers of an application ask for: there is no resource server yet when decorators are applied. */
function demandsOf(modules: ModulesContainer | undefined): readonly Requirements[] {
  const controllers = [...(modules?.values() ?? [])].flatMap((module) => [...module.controllers.values()])
  return controllers.flatMap(({ metatype }) => (typeof metatype === 'function' ? demandsOfClass(metatype as Type) : []))
}

function demandsOfClass(controller: Type): readonly Requirements[] {
  const found: Requirements[] = []
  const prototype: unknown = controller.prototype
  for (let level = prototype; isObject(level); level = Object.getPrototypeOf(level) as unknown) {
    for (const { value } of Object.values<PropertyDescriptor>(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value !== 'function' || value === controller) continue
      const context = { getClass: () => controller, getHandler: () => value as () => void }
      found.push(...routeOf(context, Auth0Guard).wanted)
    }
  }
  return found
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype
}
