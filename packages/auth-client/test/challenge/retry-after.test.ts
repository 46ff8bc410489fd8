import { describe, expect, it } from 'vitest'

import { retryAfter } from '../../src/challenge/retry-after.js'

const NOW = Date.parse('2026-01-01T12:00:00Z') / 1000
const date = (seconds: number): string => new Date((NOW + seconds) * 1000).toUTCString()

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, 7],
    ['no time', { 'retry-after': '0' }, 0],
    ['a date', { 'retry-after': date(90) }, 90],
    ['a date, by the clock of the server', { 'retry-after': date(3690), date: date(3600) }, 90],
    ['a date, beside garbage', { 'retry-after': date(90), date: 'now' }, 90],
    ['the past', { 'retry-after': date(-90) }, 0],
    ['a year', { 'retry-after': String(365 * 86_400) }, 31_536_000],
    ['more seconds than there are', { 'retry-after': '9'.repeat(400) }, undefined],
    ['nothing', {}, undefined],
    ['empty', { 'retry-after': '' }, undefined],
    ['negative', { 'retry-after': '-5' }, undefined],
    ['a fraction', { 'retry-after': '1.5' }, undefined],
    ['hexadecimal', { 'retry-after': '0x10' }, undefined],
    ['words', { 'retry-after': 'soon' }, undefined],
    ['two', { 'retry-after': '5, 7' }, undefined],
    ['a date that is none', { 'retry-after': 'Mon, 99 Foo 2026 00:00:00 GMT' }, undefined],
    ['a number that Date.parse takes for a year', { 'retry-after': '+002026' }, undefined],
  ])('%s', (_, headers, expected) => {
    expect(retryAfter(new Headers(headers), NOW)).toBe(expected)
  })
})
