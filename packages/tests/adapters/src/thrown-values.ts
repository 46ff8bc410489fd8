import { runInNewContext } from 'node:vm'

/** A value that a function of an application may throw, or reject with. */
export type ThrownValue = readonly [name: string, value: unknown]

function refuse(): never {
  throw new Error('a trap throws')
}

const TRAPS: ProxyHandler<Error> = {
  get: refuse,
  has: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
  ownKeys: refuse,
  set: refuse,
  defineProperty: refuse,
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** No promise, and adopted as if it were one. */
function thenable(promise: Promise<unknown>): object {
  return new (class {
    // oxlint-disable-next-line unicorn/no-thenable -- which is what it is for
    readonly then = promise.then.bind(promise)
  })()
}

/** JavaScript throws anything. Frameworks take some of these for "go on", and others for an answer with status 200. */
export const thrownValues: readonly ThrownValue[] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['true', true],
  ['0', 0],
  ['NaN', Number.NaN],
  ['an empty string', ''],
  ['a string', 'password=hunter2'],
  // What Express' next() takes for a way past the rest of a route or of a router.
  ["'route'", 'route'],
  ["'router'", 'router'],
  ['a number', 200],
  ['a bigint', 1n],
  ['a symbol', Symbol('thrown')],
  ['a function', () => undefined],
  ['a list', [200]],
  ['an object that says 200', { statusCode: 200, status: 200, message: 'done', headers: { 'x-done': 'yes' } }],
  ['an object that says 401', { statusCode: 401, status: 401, message: 'go away' }],
  ['a frozen object', Object.freeze({ statusCode: 200, message: 'done' })],
  ['an object without prototype', Object.create(null)],
  ['a Response', new Response(null, { headers: { 'x-done': 'yes' } })],
  ['an error', new Error('down')],
  ['a frozen error', Object.freeze(new Error('down'))],
  ['an error that says 200', Object.assign(new Error('down'), { statusCode: 200, status: 200 })],
  ['an error that says 401', Object.assign(new Error('down'), { statusCode: 401, status: 401 })],
  ['an error with an answer', Object.assign(new Error('down'), { getResponse: () => new Response('done') })],
  ['an error of another realm', runInNewContext('new Error("down")')],
  ['a thenable that passes', thenable(Promise.resolve(true))],
  ['a thenable that never answers', thenable(new Promise(() => undefined))],
  ['a promise that passes', Promise.resolve(true)],
  ['a Proxy whose traps throw', new Proxy(new Error('down'), TRAPS)],
  ['a Proxy of an error whose members throw', new Proxy(new Error('down'), { get: refuse })],
  ['a Proxy of an object whose members throw', new Proxy({}, { get: refuse, has: refuse })],
  ['a revoked Proxy', revoked()],
]

/** The ways in which a function can fail with a value. */
export const failures: readonly (readonly [how: 'throws' | 'rejects', fail: (value: unknown) => never])[] = [
  [
    'throws',
    (value) => {
      throw value
    },
  ],
  // As an async function does; where none is wanted, an application in JavaScript has one all the same.
  ['rejects', (value) => Promise.reject(value) as never],
]
