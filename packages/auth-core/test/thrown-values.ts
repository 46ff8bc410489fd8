import { runInNewContext } from 'node:vm'

/** Every kind of value that JavaScript lets a function throw, or a promise reject with. */
export const THROWN_VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['true', true],
  ['0', 0],
  ['a number', 403],
  ['a bigint', 1n],
  ['an empty text', ''],
  ["'route'", 'route'],
  ['a text with a line feed', 'one\nanother'],
  ['a symbol', Symbol('thrown')],
  ['a function', () => true],
  ['a plain object with a status', { statusCode: 200, status: 200, ok: true }],
  ['a frozen object', Object.freeze({ ok: true })],
  ['an object without prototype', Object.create(null)],
  ['an error', new Error('a fault')],
  ['an error with a status', Object.assign(new Error('a fault'), { status: 401, statusCode: 401 })],
  ['an error with status 200', Object.assign(new Error('a fault'), { status: 200, statusCode: 200 })],
  ['a frozen error', Object.freeze(new Error('a fault'))],
  ['an error of another realm', runInNewContext('new Error("a fault")')],
  ['a response', new Response('welcome', { status: 200 })],
  // Awaited, it would take the place of what was thrown.
  ['a thenable', thenable()],
  ['a proxy that does not answer', unanswering()],
  ['a proxy of an error, whose members throw', new Proxy(new Error('a fault'), { get: refuse })],
]

function thenable(): PromiseLike<unknown> {
  const promise = Promise.resolve({ ok: true })
  return new (class implements PromiseLike<unknown> {
    readonly then = promise.then.bind(promise)
  })()
}

function refuse(): never {
  throw new Error('the proxy does not answer')
}

function unanswering(): object {
  return new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse, set: refuse })
}
