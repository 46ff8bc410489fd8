import { environmentResourceServer } from '@acme/auth-core'
import type { AuthOptions, ResourceServer } from '@acme/auth-core'
import { Module } from '@nestjs/common'
import type { DynamicModule, FactoryProvider, ModuleMetadata } from '@nestjs/common'

import { Auth0Guard, RESOURCE_SERVER } from './guard.js'

/** Options that depend on other providers, such as a configuration service. */
export interface Auth0AsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject']
  readonly useFactory: (...injected: never[]) => AuthOptions | Promise<AuthOptions>
}

/**
 * Provides one resource server to all guards of the application. It guards nothing by itself.
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
export class Auth0Module {
  /**
   * The issuer, the audience and the DPoP mode come from the environment where they are not given.
   * @throws {TypeError} that names the option or variable
   */
  static forRoot(...options: readonly [] | readonly [options: AuthOptions]): DynamicModule {
    const resourceServer = environmentResourceServer(...options)
    return dynamicModule({ provide: RESOURCE_SERVER, useFactory: () => resourceServer })
  }

  /** {@link Auth0Module.forRoot}, with options that depend on other providers. */
  static forRootAsync({ imports = [], inject = [], useFactory }: Auth0AsyncOptions): DynamicModule {
    const create = async (...injected: never[]): Promise<ResourceServer> =>
      environmentResourceServer(await useFactory(...injected))
    return dynamicModule({ provide: RESOURCE_SERVER, inject, useFactory: create }, imports)
  }
}

function dynamicModule(
  resourceServer: FactoryProvider,
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule {
  return {
    module: Auth0Module,
    global: true,
    imports,
    providers: [resourceServer, Auth0Guard],
    exports: [RESOURCE_SERVER, Auth0Guard],
  }
}
