import { wrong } from '../options.js'

/** Encrypts what is stored under a name, and nothing else can be put in its place. */
export interface Seal {
  close(name: string, text: string): Promise<string>
  /** @returns undefined for what was not closed under that name, by one of the keys */
  open(name: string, sealed: string): Promise<string | undefined>
}

const ALGORITHM = 'AES-GCM'
// SP 800-38D §8.2.2: random, of 96 bits.
const IV_BYTES = 12
const KEY_BYTES = 32

/** Stores texts as they are. */
export const noSeal: Seal = { close: async (_name, text) => text, open: async (_name, sealed) => sealed }

/**
 * @param keys - of 32 bytes each: the first closes, all of them open
 * @throws {TypeError} that shows nothing of a key
 */
export function sealOf(keys: readonly Uint8Array[]): Seal {
  const given: readonly unknown[] = Array.isArray(keys) ? keys : []
  if (given.length === 0 || !keys.every((key) => key instanceof Uint8Array && key.byteLength === KEY_BYTES)) {
    throw wrong('encryption.keys', {}, 'a list of keys, each a Uint8Array of 32 random bytes')
  }
  const copies = keys.map((key) => Uint8Array.from(key))
  let imported: Promise<Key[]> | undefined
  const keysOf = (): Promise<Key[]> => (imported ??= Promise.all(copies.map(importKey)))
  return {
    async close(name, text) {
      const [key] = await keysOf()
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const encrypted = await crypto.subtle.encrypt(parameters(iv, name), key as Key, bytesOf(text)) // there is one
      return `${base64(iv)}.${base64(new Uint8Array(encrypted))}`
    },
    async open(name, sealed) {
      const [iv = '', encrypted = ''] = sealed.split('.')
      for (const key of await keysOf()) {
        const text = await decrypt(key, name, iv, encrypted)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

type Key = Awaited<ReturnType<typeof importKey>>

function importKey(bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof crypto.subtle.importKey> {
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['encrypt', 'decrypt'])
}

async function decrypt(key: Key, name: string, iv: string, encrypted: string): Promise<string | undefined> {
  try {
    const bytes = await crypto.subtle.decrypt(parameters(unbase64(iv), name), key, unbase64(encrypted))
    return new TextDecoder().decode(bytes)
  } catch {
    return undefined
  }
}

/** The name is authenticated: what belongs to one user does not open in the place of another's. */
function parameters(
  iv: Uint8Array<ArrayBuffer>,
  name: string,
): { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer> } {
  return { name: ALGORITHM, iv, additionalData: bytesOf(name) }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text))
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function unbase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
