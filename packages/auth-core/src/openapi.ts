// What an OpenAPI 3.1 document says of guarded routes.
export { openApiSecurity, openApiSecuritySchemes, scopesOf } from './policy/openapi-security.js'
export type {
  OpenApiOAuth,
  OpenApiOperationSecurity,
  OpenApiResponse,
  OpenApiSecurityOptions,
  OpenApiSecuritySchemes,
  OpenApiSecurityRequirement,
} from './policy/openapi-security.js'
export { openApiPaths, secureOpenApi } from './policy/openapi-document.js'
export type { OpenApiPaths } from './policy/openapi-document.js'
export type { CensusRow } from './review/census.js'
