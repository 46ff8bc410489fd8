import type { RequirementArguments, ResourceServer } from '@acme/auth-core'
import { Inject, Injectable, Optional } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'

import { RESOURCE_SERVER } from '../resource-server-token.js'
import { GraphqlConnections } from './graphql-connections.js'
import type { GraphqlWsOptions, MercuriusSubscription } from './graphql-connections.js'

/** Makes the options of GraphQL's servers that authenticate connections for subscriptions. Provided by `Auth0Module`. */
@Injectable()
export class Auth0Connections {
  readonly #resourceServer: ResourceServer
  readonly #host: HttpAdapterHost | undefined

  constructor(
    @Inject(RESOURCE_SERVER) resourceServer: ResourceServer,
    @Optional() @Inject(HttpAdapterHost) host?: HttpAdapterHost,
  ) {
    this.#resourceServer = resourceServer
    this.#host = host
  }

  /**
   * For `subscriptions: { 'graphql-ws': … }` of `GraphQLModule`. Takes the token of the handshake (header, subprotocol after
   * `graphql-transport-ws`, ticket in the query), or `authorization` of `connectionParams`: Bearer only. The socket is closed
   * with 4403, on which clients of graphql-ws connect anew and so send a newer token, when the token is refused, expires or
   * is revoked; with 1013 when it cannot be verified now.
   *
   * @param wanted - of all subscriptions: as for `@RequireAuth`, or `optional()`. Their own decorators hold besides
   * @example
   * ```ts
   * import { Auth0Connections, Auth0Module } from '@acme/auth-nestjs'
   * import { ApolloDriver } from '@nestjs/apollo'
   * import type { ApolloDriverConfig } from '@nestjs/apollo'
   * import { Module } from '@nestjs/common'
   * import { GraphQLModule } from '@nestjs/graphql'
   *
   * const options = { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com', connections: {} }
   * @Module({
   *   imports: [
   *     Auth0Module.forRoot(options),
   *     GraphQLModule.forRootAsync<ApolloDriverConfig>({
   *       driver: ApolloDriver,
   *       inject: [Auth0Connections],
   *       useFactory: (connections: Auth0Connections) => ({
   *         autoSchemaFile: true,
   *         subscriptions: { 'graphql-ws': connections.graphqlWs() },
   *       }),
   *     }),
   *   ],
   * })
   * export class AppModule {}
   * ```
   */
  graphqlWs(...wanted: RequirementArguments): GraphqlWsOptions {
    return this.#graphql(wanted).graphqlWs()
  }

  /**
   * The same for `subscription: …` of mercurius, which tells nobody whose `connectionParams` it got: for the token of the
   * handshake only.
   */
  mercurius(...wanted: RequirementArguments): MercuriusSubscription {
    return this.#graphql(wanted).mercurius()
  }

  #graphql(wanted: RequirementArguments): GraphqlConnections {
    // Known when the first client comes, and not here.
    const platform = (): unknown => this.#host?.httpAdapter.getInstance()
    return new GraphqlConnections(this.#resourceServer, this.#resourceServer.requirements(...wanted), platform)
  }
}
