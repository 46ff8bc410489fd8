import { expect, test } from 'vitest'

import { readArguments } from '../../src/soak/arguments.js'

test('by default: ten minutes on all', () => {
  const { seconds, programs, concurrency } = readArguments([])
  expect([seconds, concurrency]).toEqual([600, 32])
  expect(programs.map(({ name }) => name)).toEqual(['express', 'fastify', 'nest/express', 'nest/fastify', 'hono'])
})

test('takes a part of them, for another time', () => {
  const { seconds, programs } = readArguments(['--minutes', '0.5', '--servers', 'hono,express'])
  expect(seconds).toBe(30)
  expect(programs.map(({ name }) => name)).toEqual(['hono', 'express'])
})

test.each([
  [['--minutes', '0'], /--minutes: got 0/],
  [['--minutes', 'ten'], /--minutes: got ten/],
  [['--concurrency', '-1'], /--concurrency/],
  [['--servers', 'koa'], /no koa; there are express,/],
  [['--hours', '1'], /--hours/],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(message)
})
