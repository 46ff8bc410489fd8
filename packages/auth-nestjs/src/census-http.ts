import { RequestMethod, VersioningType, VERSION_NEUTRAL } from '@nestjs/common'
import { MetadataScanner } from '@nestjs/core'
import type { ApplicationConfig } from '@nestjs/core'
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js'

import type { HandlerPlace } from './census-guards.js'

/** A route of a controller, as Nest registers it. */
export interface HttpRoute {
  readonly method: string
  readonly path: string
}

/** The routes that a method of a controller answers; none for other methods. */
export function httpRoutesOf(
  { controller, module }: HandlerPlace,
  declared: object,
  config: ApplicationConfig,
  applicationId: string,
): readonly HttpRoute[] {
  const paths = pathsOn(declared)
  if (paths === undefined) return []
  const requestMethod = metadata(declared, 'method') as RequestMethod // Nest's decorators put it beside the path
  const versioningOptions = config.getVersioning()
  const controllerVersion =
    versioningOptions && (metadata(controller, '__version__') ?? versioningOptions.defaultVersion)
  const methodVersion = metadata(declared, '__version__')
  const factory = new RoutePathFactory(config)
  const place = {
    modulePath: modulePathOf(module.metatype, applicationId),
    globalPrefix: withSlash(config.getGlobalPrefix()),
    controllerVersion,
    methodVersion,
    versioningOptions,
  } as Omit<Parameters<RoutePathFactory['create']>[0], 'ctrlPath' | 'methodPath'> // metadata are of no type
  const isByPath = versioningOptions === undefined || versioningOptions.type === VersioningType.URI
  const version = isByPath ? undefined : (methodVersion ?? controllerVersion)
  const more = [...words('host', metadata(controller, 'host')), ...words('version', version)]
  const ending = more.length === 0 ? '' : ` (${more.join(', ')})`
  return (pathsOn(controller) ?? []).flatMap((ctrlPath) =>
    paths.flatMap((methodPath) =>
      factory
        .create({ ...place, ctrlPath: withSlash(ctrlPath), methodPath: withSlash(methodPath) }, requestMethod)
        .map((path) => ({ method: RequestMethod[requestMethod], path: `${path}${ending}` })),
    ),
  )
}

/** The names of all methods of a class and its bases, as Nest finds them. */
export function methodsOf(prototype: object): readonly string[] {
  return new MetadataScanner().getAllMethodNames(prototype)
}

function pathsOn(subject: object): readonly string[] | undefined {
  const path = metadata(subject, 'path')
  if (typeof path === 'string') return [path]
  return Array.isArray(path) ? path.map(String) : undefined
}

function modulePathOf(module: object, applicationId: string): unknown {
  return metadata(module, `__module_path__${applicationId}`) ?? metadata(module, '__module_path__')
}

function metadata(subject: object, key: string): unknown {
  return Reflect.getMetadata(key, subject) as unknown
}

function withSlash(path: string): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`
}

function words(noun: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return [`${noun} ${list.map((one) => (one === VERSION_NEUTRAL ? 'neutral' : String(one))).join(' or ')}`]
}
