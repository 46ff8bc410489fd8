import { createFetch } from '@acme/auth-client'
import { storedDpopKeyPair } from '@acme/auth-client/browser'
import { createDpopProof, dpopThumbprint } from '@acme/auth-client/dpop'

// Runs in the page: what a test calls there.
const client = { createFetch, storedDpopKeyPair, createDpopProof, dpopThumbprint }
Object.assign(window, client)
document.title = 'ready'

/** What the page has on `window`. */
export type Client = typeof client
