import { getAuth, publicRoute } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { answerFault } from '@acme/sample-api'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet } from 'jose'

import { JobRefused, signJob, verifyJob } from './envelope.js'
import type { SigningKey } from './envelope.js'
import type { JobQueue } from './queue.js'
import { TASKS } from './tasks.js'
import type { TaskName } from './tasks.js'
import type { TokenVault } from './token-vault.js'

/** What the API works with. */
export interface Parts {
  readonly auth: ExpressAuth
  readonly queue: JobQueue
  readonly signingKey: SigningKey
  /** The public half. */
  readonly jwks: JSONWebKeySet
  /** For jobs in the name of the caller; undefined where there are none. */
  readonly vault: TokenVault | undefined
}

/** The API that takes jobs. */
export function createApp(parts: Parts, trustProxy: false | string): Express {
  const { auth, jwks, vault } = parts
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', trustProxy)
  app.get('/health', publicRoute('health checks'), (_request, response) => void response.json({ status: 'ok' }))
  app.get('/.well-known/jwks.json', publicRoute('public keys'), (_request, response) => void response.json(jwks))
  app.post('/jobs/process', auth.requireAuth(...TASKS.process), enqueue('process', parts))
  if (vault !== undefined) {
    app.post('/jobs/profile', auth.requireAuth(...TASKS.profile), refuseBound, enqueue('profile', parts))
  }
  app.get('/jobs/:id', auth.requireAuth(), showState(parts))
  app.use(publicRoute('what is not found'), (_request, response) => void response.status(404).json(NOT_FOUND))
  app.use(handleError)
  return app
}

const NOT_FOUND = { error: 'not_found' }

function enqueue(task: TaskName, { queue, signingKey, vault }: Parts): RequestHandler {
  return async (request, response) => {
    const auth = getAuth(request)
    const job = await signJob(task, auth, signingKey, Date.now() / 1000)
    await orUnavailable(async () => {
      if (task === 'profile') await vault?.put(job.id, auth.token, job.expiresAt)
      await queue.add(task, job)
    })
    response.status(202).location(`/jobs/${job.id}`).json({ id: job.id })
  }
}

/** The worker has not the key that a DPoP-bound token needs, and must not get it. */
const refuseBound: RequestHandler = (request, response, next) => {
  const { thumbprint, certificateThumbprint } = getAuth(request)
  if (thumbprint === undefined && certificateThumbprint === undefined) next()
  else response.status(400).json({ error: 'bound_token' })
}

/** To whoever asked for it. What Redis says about the state is hearsay; who asked is not. */
function showState({ queue, jwks }: Parts): RequestHandler<{ id: string }> {
  const keys = createLocalJWKSet(jwks)
  return async (request, response) => {
    const { id } = request.params
    const found = await orUnavailable(() => queue.find(id))
    const job = found && (await verifyJob(found.envelope, keys, Date.now() / 1000).catch(ifRefused))
    const { issuer, subject, clientId } = getAuth(request)
    const caller = job?.id === id ? job.caller : undefined
    const isTheirs = caller?.issuer === issuer && caller.subject === subject && caller.clientId === clientId
    if (isTheirs) response.json({ id, state: found?.state })
    else response.status(404).json(NOT_FOUND)
  }
}

function ifRefused(error: unknown): undefined {
  if (!(error instanceof JobRefused)) throw error
}

class Unavailable extends Error {}

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new Unavailable('Redis failed', { cause: error })
  }
}

// Express knows an error handler by its four parameters.
const handleError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error)
  if (error instanceof Unavailable) {
    return void response.status(503).set('retry-after', '1').json({ error: 'temporarily_unavailable' })
  }
  const { status, headers, body } = answerFault(error)
  response.status(status).set(headers).json(body)
}
