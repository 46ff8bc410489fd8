import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNonces } from '../../src/dpop/nonce.js'
import type { Nonces } from '../../src/dpop/nonce.js'
import { RUNS, anyText, mutated } from '../arbitraries.js'
import { NOW, createClock } from '../support.js'

const SECRET = 'a secret of this test, long enough'
const OTHER = 'another secret of this test, as long'
// The beginning of a step of 30 seconds.
const START = NOW - (NOW % 30)

interface Maker {
  readonly secrets?: readonly string[]
  readonly maxAge?: number
  readonly at?: number
}

function nonces({ secrets = [SECRET], maxAge = 300, at = START }: Maker = {}): Nonces & {
  readonly clock: ReturnType<typeof createClock>
} {
  const clock = createClock(at)
  return { ...createNonces({ secrets, maxAge, mode: 'required' }, clock.now), clock }
}

/** When a nonce that is made by one of these expires for the other. */
async function expiry(maker: Maker, judge: Maker): Promise<number | undefined> {
  return nonces(judge).expiryOf(await nonces(maker).current())
}

describe('a nonce', () => {
  it('has 52 characters of NQCHAR (RFC 9449 §8.1)', async () => {
    expect(await nonces().current()).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]{52}$/)
  })

  it('is its time and the HMAC of that, on every runtime', async () => {
    const time = (START * 1000).toString(36).padStart(9, '0')
    const code = createHmac('sha256', SECRET).update(`@acme/auth-core DPoP nonce 1\n${time}`).digest('base64url')
    expect(await nonces().current()).toBe(time + code)
  })

  it('is the same for a tenth of its life, and then another', async () => {
    const maker = nonces()
    const seen: string[] = []
    for (const pause of [0, 29.999, 0.001, 29.999, 0.001]) {
      maker.clock.advance(pause)
      seen.push(await maker.current())
    }
    expect(seen.map((one) => seen.indexOf(one))).toEqual([0, 0, 2, 2, 4])
  })

  it('is another of another secret', async () => {
    expect(await nonces({ secrets: [OTHER] }).current()).not.toBe(await nonces().current())
  })

  it.each([0.001, 0.5, 1, 1.5, 2, 7, 300, 86_400, 1e9])(
    'with maxAge %d is good for half of that at least when it is handed out',
    async (maxAge) => {
      for (let i = 0; i < 50; i++) {
        const at = NOW + i * 0.037
        const expires = (await expiry({ maxAge, at }, { maxAge, at })) ?? 0
        // The time in a nonce is in milliseconds.
        expect(expires - at).toBeGreaterThanOrEqual(maxAge / 2 - 0.0011)
        expect(expires - at).toBeLessThanOrEqual(maxAge + 0.0011)
      }
    },
  )
})

describe('a request', () => {
  it('waits for nothing once a nonce was made or seen', async () => {
    const judge = nonces()
    const nonce = await judge.current()
    expect(judge.current()).toBe(nonce)
    await judge.expiryOf(nonce)
    expect(judge.expiryOf(nonce)).toBe(START + 300)
  })
})

describe('expiryOf', () => {
  it.each([
    ['at once', 0, START + 300],
    ['a second before its end', 299, START + 300],
    ['at its end', 300, START + 300],
    ['after it', 300.001, undefined],
    ['long after it', 1e6, undefined],
    ['on a replica that is behind', -29, START + 300],
    ['on one that is a step behind', -30, START + 300],
    ['on one that is further behind', -30.001, undefined],
    ['from the future', -3600, undefined],
  ])('%s', async (_, later, expected) => {
    expect(await expiry({}, { at: START + later })).toBe(expected)
  })

  it('goes by the maxAge of who judges', async () => {
    expect(await expiry({ maxAge: 3000 }, { maxAge: 60, at: START + 60 })).toBe(undefined)
    const made = START - (START % 300)
    expect(await expiry({ maxAge: 3000 }, { maxAge: 3000 })).toBe(made + 3000)
  })

  it('is the same once more, for others too, and whatever came between', async () => {
    const judge = nonces()
    const nonce = await nonces().current()
    expect([await judge.expiryOf(nonce), await judge.expiryOf(`${nonce.slice(0, -1)}!`)]).toEqual([
      START + 300,
      undefined,
    ])
    expect(await judge.expiryOf(await nonces({ secrets: [OTHER] }).current())).toBe(undefined)
    expect(await judge.expiryOf(nonce)).toBe(START + 300)
    judge.clock.advance(301)
    expect(await judge.expiryOf(nonce)).toBe(undefined)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['empty text', ''],
    ['a number', START],
    ['true', true],
    ['a list', ['x']],
    ['an object', {}],
    ['the time alone', (START * 1000).toString(36).padStart(9, '0')],
    ['a time with an HMAC of zeros', (START * 1000).toString(36).padStart(9, '0') + 'A'.repeat(43)],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['a time that is no number', '!'.repeat(9) + 'A'.repeat(43)],
  ])('%s is not good', async (_, nonce) => {
    expect(await nonces().expiryOf(nonce)).toBe(undefined)
  })

  it('a list of a good one is not good', async () => {
    expect(await nonces().expiryOf([await nonces().current()])).toBe(undefined)
  })

  it('no HMAC of the time under another label is good', async () => {
    const time = (START * 1000).toString(36).padStart(9, '0')
    for (const text of [time, `@acme/auth-core DPoP nonce 2\n${time}`, `@acme/auth-core DPoP nonce 1${time}`]) {
      const code = createHmac('sha256', SECRET).update(text).digest('base64url')
      expect(await nonces().expiryOf(time + code)).toBe(undefined)
    }
  })

  it('the HMAC of one time is not good with another', async () => {
    const [first, second] = [await nonces().current(), await nonces({ at: START + 30 }).current()]
    const judge = nonces({ at: START + 30 })
    expect(await judge.expiryOf(second.slice(0, 9) + first.slice(9))).toBe(undefined)
    expect(await judge.expiryOf(first.slice(0, 9) + second.slice(9))).toBe(undefined)
  })
})

describe('what is wrong with a nonce', () => {
  it.each([
    ['old by half a millisecond', 300.0005, 'nonce is 300.001 s old; maxAge 300 s'],
    ['very old', 86_400, 'nonce is 86400 s old; maxAge 300 s'],
    ['of another secret, in its last moment', 300, 'nonce is of another secret'],
    ['of another secret', 0, 'nonce is of another secret'],
    ['of another secret, of the next step', -30, 'nonce is of another secret'],
    ['of the future by half a millisecond', -30.0005, 'nonce is 30.001 s ahead; tolerance 30 s'],
    ['of the future', -3600, 'nonce is 3600 s ahead; tolerance 30 s'],
  ])('is told: %s', async (_, pause, problem) => {
    const judge = nonces()
    const nonce = await nonces({ secrets: [OTHER] }).current()
    judge.clock.advance(pause)
    expect(await judge.expiryOf(nonce)).toBe(undefined)
    expect(judge.problemOf(nonce)).toBe(problem)
  })

  it('is that it is none: a list, or an object, of a good one', async () => {
    const judge = nonces()
    const good = await judge.current()
    expect(await judge.expiryOf(good)).toBe(START + 300)
    for (const nonce of [[good], { toString: () => good }, `${good}x`, undefined, null, 1]) {
      expect(await judge.expiryOf(nonce)).toBe(undefined)
      expect(judge.problemOf(nonce)).toBe('nonce is none of this server')
    }
  })
})

describe('secrets', () => {
  it.each([
    ['the old one alone, before the exchange', [OTHER], [OTHER], true],
    ['the new one behind the old one', [OTHER], [OTHER, SECRET], true],
    ['the new one first, a nonce of the old one', [OTHER], [SECRET, OTHER], true],
    ['the new one first, for a replica that has it behind', [SECRET, OTHER], [OTHER, SECRET], true],
    ['the old one removed', [OTHER], [SECRET], false],
    ['the old one removed, a nonce of the new one', [SECRET, OTHER], [SECRET], true],
    ['of somebody else', ['x'.repeat(32)], [SECRET, OTHER], false],
  ])('%s', async (_, maker, judge, good) => {
    expect(await expiry({ secrets: maker }, { secrets: judge })).toBe(good ? START + 300 : undefined)
  })

  it('are exchanged within one step', async () => {
    const judge = nonces({ secrets: [SECRET, OTHER] })
    const old = await nonces({ secrets: [OTHER] }).current()
    expect(await judge.expiryOf(old)).toBe(START + 300)
    expect(await judge.current()).toBe(await nonces().current())
    expect(await judge.expiryOf(old)).toBe(START + 300)
  })
})

describe('isAgeing', () => {
  it.each([
    [0, false],
    [149.999, false],
    [150, true],
    [300, true],
  ])('%d s after it was made: %s, and then there is another', async (later, ageing) => {
    const judge = nonces()
    const nonce = await judge.current()
    judge.clock.advance(later)
    const expires = (await judge.expiryOf(nonce)) ?? 0
    expect(judge.isAgeing(expires)).toBe(ageing)
    if (ageing) expect(await judge.current()).not.toBe(nonce)
  })
})

describe('whatever a client sends', () => {
  const good = nonces().current()

  it('only a nonce of this server is good: tampered ones', async () => {
    const nonce = await good
    await fc.assert(
      fc.asyncProperty(mutated(nonce), async (text) => {
        fc.pre(text !== nonce)
        expect(await nonces().expiryOf(text)).toBe(undefined)
      }),
      RUNS,
    )
  })

  it('only a nonce of this server is good: one bit changed', async () => {
    const nonce = await good
    const judge = nonces()
    for (let at = 0; at < nonce.length; at++) {
      for (let bit = 1; bit < 128; bit *= 2) {
        const changed = String.fromCharCode(nonce.charCodeAt(at) ^ bit)
        expect(await judge.expiryOf(nonce.slice(0, at) + changed + nonce.slice(at + 1))).toBe(undefined)
      }
    }
  })

  it('only a nonce of this server is good: other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyText, fc.jsonValue()), async (value) => {
        expect(await nonces().expiryOf(value)).toBe(undefined)
      }),
      RUNS,
    )
  })

  it('what is good and what not does not depend on what was asked before', async () => {
    const judge = nonces()
    const moments = fc.integer({ min: -100, max: 400 })
    await fc.assert(
      fc.asyncProperty(moments, fc.boolean(), async (later, own) => {
        const nonce = await nonces({ at: START + later, secrets: [own ? SECRET : OTHER] }).current()
        expect(await judge.expiryOf(nonce)).toBe(await nonces().expiryOf(nonce))
      }),
      RUNS,
    )
  })
})
