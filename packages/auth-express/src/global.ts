import type { AuthContext } from '@acme/auth-core'

// Opt-in, by `import '@acme/auth-express/global'`: other packages declare `req.auth` too.
declare global {
  // Express' own types are extended in this namespace.
  namespace Express {
    interface Request {
      auth?: AuthContext | null
    }
  }
}
