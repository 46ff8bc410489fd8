import { asFault, markGuard } from '@acme/auth-core'
import { answerHeaders, frameworkResourceRequest } from '@acme/auth-core/node'
import type { Accepted, AuthContext, Refused, Requirements, ResourceServer } from '@acme/auth-core'
import type { Request, Response } from 'express'

import type { AuthHandler } from './index.js'

/** A request, and the caller that a guard puts there. */
export type GuardedRequest = Pick<Request, 'app'> & { auth?: AuthContext | null }

/** How a developer says which proxies are trusted. */
export const EXPRESS: { readonly proxySetting: string } = { proxySetting: "app.set('trust proxy', ...)" }

/** A middleware that decides on requests by a resource server. */
export function guard(resourceServer: ResourceServer, wanted: Requirements): AuthHandler {
  const handler: AuthHandler = (request, response, next) => {
    // With an Error always: without one next() goes on, and 'route' or 'router' leads past the rest.
    const fail = (reason: unknown): void => next(asFault(reason))
    try {
      resourceServer.authenticate(frameworkResourceRequest(request, EXPRESS), wanted).then((outcome) => {
        try {
          settle(request, response, outcome)
        } catch (reason) {
          withdraw(response, outcome)
          return fail(reason)
        }
        // Outside of it: what handlers throw is not ours to catch.
        if (outcome.ok === true) next()
        // A time-out, say, may have answered already.
        else if (outcome.forward && !response.headersSent) next(outcome.error)
      }, fail)
    } catch (reason) {
      fail(reason)
    }
  }
  return markGuard(handler, { kind: 'guard', requirements: wanted })
}

/** Attaches the caller, or writes the refusal. Throws what a listener of the response throws meanwhile. */
function settle(request: GuardedRequest, response: Response, outcome: Accepted | Refused): void {
  if (outcome.ok === true) {
    setHeaders(response, outcome.headers)
    request.auth = outcome.auth
    return
  }
  setHeaders(response, outcome.forward ? outcome.error.headers : outcome.headers)
  if (!outcome.forward && !response.headersSent) refuse(response, outcome)
}

function setHeaders(response: Response, headers: Accepted['headers']): void {
  if (response.headersSent) return
  const own = answerHeaders(headers, (name) => response.hasHeader(name))
  for (const [name, value] of own) response.setHeader(name, value)
}

/** With Node's own calls: Express' would add an ETag. */
function refuse(response: Response, { status, body }: Refused): void {
  response.statusCode = status
  response.end(body)
}

/** What was not sent after all must not make a fault look like a refusal: Express answers with the status that is set. */
function withdraw(response: Response, { headers }: Accepted | Refused): void {
  if (response.headersSent) return
  response.statusCode = 500
  for (const name of Object.keys(headers)) response.removeHeader(name)
}
