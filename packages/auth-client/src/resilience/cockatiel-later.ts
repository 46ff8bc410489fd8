import type { Cockatiel } from './cockatiel.js'

/**
 * The library, loaded by the first request: it makes an AbortController when it is loaded, and workerd lets nothing but a
 * handler do that (https://github.com/cloudflare/workerd/issues/3657).
 */
export function loadCockatiel(): Promise<Cockatiel> {
  return import('cockatiel')
}
