import type { AuthContext } from '@acme/auth-nestjs'
import { say } from '@acme/sample-api'
import { expect, test } from 'vitest'

import { whatIsSaid } from '../src/said.js'

const writer = { require: async () => ({ subject: 'ada' }) as AuthContext } // as: no more of it is read

test('a subscription that ends does not wait for what is said next', async () => {
  const said = whatIsSaid()
  const next = said.next()
  await said.return?.()
  expect((await next).done).toBe(true)
  await say(writer, 'too late')
  expect((await said.next()).done).toBe(true)
})

test('a subscriber that does not read misses what is beyond a hundred', async () => {
  const said = whatIsSaid()
  for (let count = 1; count <= 150; count++) await say(writer, String(count))
  const texts: string[] = []
  while (texts.at(-1) !== '100') texts.push((await said.next()).value.said.text)
  await say(writer, 'now')
  texts.push((await said.next()).value.said.text)
  expect(texts.slice(-2)).toEqual(['100', 'now'])
})
