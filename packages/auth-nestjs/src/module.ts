import { environmentResourceServer } from '@acme/auth-core'
import { refuseTrustProxy } from '@acme/auth-core/node'
import type { AuthOptions, ResourceServer } from '@acme/auth-core'
import { Inject, Injectable, Module, UseGuards } from '@nestjs/common'
import type { DynamicModule, FactoryProvider, ModuleMetadata, NestModule } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'

import { injectApplication, modulesOf, platformOf, settingsOf } from './application.js'
import { Auth0Connections } from './connections/auth0-connections.js'
import { askForServers } from './connections/gateways.js'
import { guardGateways, keepHandshakes } from './connections/guard-gateways.js'
import { keepConnectionsOf, keepsConnections } from './connections/kept.js'
import { Auth0Guard, registerHome } from './guard.js'
import { serveMetadata } from './metadata.js'
import { RESOURCE_SERVER } from './resource-server-token.js'

/** Options that depend on other providers, such as a configuration service. */
export interface Auth0AsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject']
  readonly useFactory: (...injected: never[]) => AuthOptions | Promise<AuthOptions>
}

/**
 * Names the guard, as a controller would: `overrideGuard` replaces what `@UseGuards` names, so that without this nobody
 * could tell where the guard is an `APP_GUARD` only.
 */
@Injectable()
@UseGuards(Auth0Guard)
class InApplication {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    askForServers(modules)
  }
}

/**
 * Provides one resource server to all guards of the application, and serves the metadata of `resourceMetadata` at its
 * well-known paths (RFC 9728 §3). It guards nothing by itself.
 * @example
 * ```ts
 * import { Auth0Module } from '@acme/auth-nestjs'
 * import { Module } from '@nestjs/common'
 *
 * @Module({ imports: [Auth0Module.forRoot({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })] })
 * export class AppModule {}
 * ```
 */
@Module({})
export class Auth0Module implements NestModule {
  readonly #resourceServer: ResourceServer

  constructor(@Inject(RESOURCE_SERVER) resourceServer: ResourceServer) {
    this.#resourceServer = resourceServer
  }

  /** Before routes are registered: metadata is served whatever they match. And after gateways are, before any client is let in. */
  configure(): void {
    serveMetadata(this.#resourceServer, this)
    const [modules, settings] = [modulesOf(this), settingsOf(this)]
    if (modules === undefined || settings === undefined) return
    keepHandshakes(modules)
    if (!keepsConnections(this.#resourceServer)) return
    guardGateways(this.#resourceServer, { modules, settings, platform: platformOf(this) })
  }

  /**
   * The issuer, the audience and the DPoP mode come from the environment where they are not given.
   * @throws {TypeError} that names the option or variable
   */
  static forRoot(...options: readonly [] | readonly [options: AuthOptions]): DynamicModule {
    const resourceServer = createServer(...options)
    return dynamicModule({ provide: RESOURCE_SERVER, useFactory: () => resourceServer })
  }

  /** {@link Auth0Module.forRoot}, with options that depend on other providers. */
  static forRootAsync({ imports = [], inject = [], useFactory }: Auth0AsyncOptions): DynamicModule {
    const create = async (...injected: never[]): Promise<ResourceServer> => createServer(await useFactory(...injected))
    return dynamicModule({ provide: RESOURCE_SERVER, inject, useFactory: create }, imports)
  }
}

injectApplication(Auth0Module)
registerHome(Auth0Module)

function createServer(...options: readonly [] | readonly [options: AuthOptions]): ResourceServer {
  refuseTrustProxy(options[0], TRUST_PROXY)
  const resourceServer = environmentResourceServer(...options)
  if (options[0]?.connections !== undefined) keepConnectionsOf(resourceServer)
  return resourceServer
}

const TRUST_PROXY = "app.set('trust proxy', ...) on Express, new FastifyAdapter({ trustProxy: ... }) on Fastify"

function dynamicModule(
  resourceServer: FactoryProvider,
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule {
  return {
    module: Auth0Module,
    global: true,
    imports,
    providers: [resourceServer, Auth0Guard, Auth0Connections, InApplication],
    exports: [RESOURCE_SERVER, Auth0Guard, Auth0Connections],
  }
}
