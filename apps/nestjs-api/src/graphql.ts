import { Auth, Auth0Connections, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { answers, policies } from '@acme/sample-api'
import { ApolloDriver } from '@nestjs/apollo'
import type { ApolloDriverConfig } from '@nestjs/apollo'
import type { DynamicModule } from '@nestjs/common'
import { GraphQLModule, Query, Resolver, Subscription } from '@nestjs/graphql'

import { whatIsSaid } from './said.js'

export const GRAPHQL_PATH = '/graphql'

const typeDefs = `
  type Query {
    me: Caller!
    messages: [Message!]!
  }
  type Subscription {
    said: Said!
  }
  type Caller {
    sub: String
    scheme: String!
    issuer: String!
    scopes: [String!]!
  }
  type Message {
    id: ID!
    from: String!
    text: String!
  }
  type Said {
    from: String
    text: String!
  }
`

/** Apollo on Express and on Fastify, and subscriptions by graphql-ws. */
export function graphql(): DynamicModule {
  return GraphQLModule.forRootAsync<ApolloDriverConfig>({
    driver: ApolloDriver,
    inject: [Auth0Connections],
    useFactory: (connections: Auth0Connections) => ({
      path: GRAPHQL_PATH,
      typeDefs,
      // The schema is as public as /openapi.json; a page to try it out would load scripts of others.
      introspection: true,
      graphiql: false,
      includeStacktraceInErrorResponses: false,
      subscriptions: { 'graphql-ws': connections.graphqlWs() },
    }),
  })
}

/** The guard of the application is before each of them: `me` wants any token. */
@Resolver()
export class FeedResolver {
  @Query()
  me(@Auth() auth: AuthContext): ReturnType<typeof answers.caller> {
    return answers.caller(auth)
  }

  @RequireAuth(policies.messages)
  @Query()
  messages(): ReturnType<typeof answers.allMessages>['messages'] {
    return answers.allMessages().messages
  }

  @RequireAuth(policies.messages)
  @Subscription()
  said(): ReturnType<typeof whatIsSaid> {
    return whatIsSaid()
  }
}
