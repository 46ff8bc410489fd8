import { expect, it } from 'vitest'

import { withoutTicket } from '../../src/connections/without-ticket.js'

it.each([
  ['/ws', '/ws'],
  ['/ws?a=1&b', '/ws?a=1&b'],
  ['/ws?auth0_ticket=secret', '/ws?auth0_ticket=…'],
  ['/ws?a=1&auth0_ticket=secret&b=2', '/ws?a=1&auth0_ticket=…&b=2'],
  ['/ws?auth0_ticket=secret&auth0_ticket=secret', '/ws?auth0_ticket=…&auth0_ticket=…'],
  ['/ws?auth0%5Fticket=secret', '/ws?auth0_ticket=…'],
  ['/ws?auth0_ticket=secret?&x', '/ws?auth0_ticket=…&x'],
  ['/auth0_ticket=x', '/auth0_ticket=x'],
  ['wss://api.example.com/ws?auth0_ticket=secret', 'wss://api.example.com/ws?auth0_ticket=…'],
])('%s becomes %s', (url, expected) => {
  expect(withoutTicket(url)).toBe(expected)
})
