import { once } from 'node:events'

import { expect } from 'vitest'

import { until } from '../until.js'

import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'
import type { Harness } from '../harness.js'
import { rawSocket } from '../raw.js'
import type { Header } from '../raw.js'
import { requestTextOf } from '../server.js'

/** A request as text, for sockets of one's own. */
function requestText({ driver, server }: Harness, headers: readonly Header[]): string {
  return requestTextOf(driver, server.port, headers)
}

/** The text "hi" from a client (RFC 6455 §5.2), its mask being zero. */
const FRAME = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])

export const hostile: readonly ConnectionCase[] = [
  {
    name: 'clients that reset while they are checked',
    own: (options) => options,
    run: async (harness) => {
      const { issuer } = harness.fixture
      issuer.fail('keys', { delay: 300 })
      try {
        const token = await harness.token()
        const sockets = await Promise.all(Array.from({ length: 20 }, () => rawSocket(harness.server.port)))
        for (const socket of sockets) socket.write(requestText(harness, bearer(token)))
        await until('the check', () => issuer.count('keys') > 0)
        for (const socket of sockets) socket.resetAndDestroy()
        await harness.alive()
      } finally {
        issuer.fail('keys', undefined)
      }
    },
  },
  {
    name: 'clients that reset while they are refused, and when they are connected',
    run: async (harness) => {
      const tokens = [await harness.token(), await harness.token({ signature: 'flipped' })]
      for (const token of [...tokens, ...tokens, ...tokens]) {
        const socket = await rawSocket(harness.server.port)
        socket.write(requestText(harness, bearer(token)))
        await once(socket, 'data')
        socket.resetAndDestroy()
      }
      await harness.alive()
    },
  },
  {
    name: 'half of a handshake, and no end of it',
    run: async (harness) => {
      const text = requestText(harness, bearer(await harness.token()))
      const sockets = await Promise.all(Array.from({ length: 50 }, () => rawSocket(harness.server.port)))
      for (const socket of sockets) socket.write(text.slice(0, -2))
      await harness.alive()
      for (const socket of sockets) socket.destroy()
      await harness.alive()
    },
  },
  {
    name: 'a handshake without a key, or with another version',
    needs: ['bad-handshakes'],
    transports: ['ws'],
    run: async (harness) => {
      const text = requestText(harness, bearer(await harness.token()))
      const bad = [text.replace(/Sec-WebSocket-Key: .*\r\n/, ''), text.replace('Version: 13', 'Version: 7')]
      for (const one of bad) {
        const socket = await rawSocket(harness.server.port)
        socket.write(one)
        const [answer] = (await once(socket, 'data')) as [Buffer] // of Node
        expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /)
        socket.destroy()
      }
      await harness.alive()
    },
  },
  {
    name: 'a handshake in the wake of a request that is not answered yet',
    own: (options) => options,
    run: async (harness) => {
      const { issuer } = harness.fixture
      issuer.fail('keys', { delay: 300 })
      try {
        const shown = bearer(await harness.token())
        const plain = ['GET /plain HTTP/1.1', 'Host: api', ...shown.map((header) => header.join(': ')), '', ''].join(
          '\r\n',
        )
        const sockets = await Promise.all(Array.from({ length: 5 }, () => rawSocket(harness.server.port)))
        for (const socket of sockets) {
          socket.resume()
          socket.write(plain + requestText(harness, shown))
        }
        await until('the check', () => issuer.count('keys') > 0)
        await harness.alive()
        for (const socket of sockets) socket.destroy()
      } finally {
        issuer.fail('keys', undefined)
      }
    },
  },
  {
    name: 'handshakes of another kind, to other places, and a reset',
    run: async (harness) => {
      const text = requestText(harness, bearer(await harness.token()))
      const upgraded = text.includes('Upgrade: ')
        ? text
        : text.replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: x')
      const odd = [
        upgraded.replace(/Upgrade: \w+/, 'Upgrade: h2c'),
        upgraded.replace(/Upgrade: \w+/, 'Upgrade: websocket, h2c'),
        upgraded.replace(/Upgrade: \w+/, 'Upgrade: h2c\r\nUpgrade: websocket'),
        upgraded.replace('GET', 'POST').replace('Host', 'Content-Length: 100\r\nHost'),
        upgraded.replace('HTTP/1.1', 'HTTP/1.0'),
        upgraded.replace(/GET \S+/, 'GET /plain'),
        upgraded.replace(/GET \S+/, 'GET /nowhere'),
        upgraded.replace(/GET \S+/, 'GET //'),
        upgraded.replace(/GET \S+/, 'GET http://[::1'),
        upgraded.replace(/GET \S+/, 'OPTIONS *'),
        upgraded.replace('Host: ', 'Host: a:b:c@'),
        upgraded + '\u00ff'.repeat(200),
      ]
      for (const one of odd) {
        const socket = await rawSocket(harness.server.port)
        socket.resume()
        socket.write(one, 'latin1')
        await harness.alive()
        socket.resetAndDestroy()
        await harness.alive()
      }
    },
  },
  {
    name: 'frames before the answer are kept for the application',
    needs: ['messages', 'frames', 'early-frames'],
    own: (options) => options,
    run: async (harness) => {
      const { issuer } = harness.fixture
      issuer.fail('keys', { delay: 200 })
      const socket = await rawSocket(harness.server.port)
      try {
        let received = ''
        socket.on('data', (data) => (received += data.toString('latin1')))
        socket.write(Buffer.concat([Buffer.from(requestText(harness, bearer(await harness.token()))), FRAME]))
        await until('the check', () => issuer.count('keys') > 0)
        socket.write(FRAME)
        await until('both echoes', () => received.split('\u0081\u0002hi').length === 3)
        await harness.alive()
      } finally {
        socket.destroy()
        issuer.fail('keys', undefined)
      }
    },
  },
  {
    name: 'frames that are none',
    transports: ['ws'],
    run: async (harness) => {
      const socket = await rawSocket(harness.server.port)
      socket.write(requestText(harness, bearer(await harness.token())))
      await once(socket, 'data')
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
      const closed = once(socket, 'close')
      socket.resume()
      await closed
      await harness.alive()
    },
  },
  {
    name: 'a client that is closed, and does not go',
    transports: ['ws'],
    run: async (harness) => {
      const socket = await rawSocket(harness.server.port)
      let received = ''
      socket.on('data', (data) => (received += data.toString('latin1')))
      socket.write(requestText(harness, bearer(await harness.token())))
      await until('the greeting', () => received.includes('hello'))
      const closed = once(socket, 'close')
      harness.fixture.revocations.revoke(harness.subject)
      await until('the closing', () => received.includes('auth0.closing'))
      const closing = performance.now()
      socket.write(FRAME)
      await closed
      expect(performance.now() - closing).toBeLessThan(4000)
    },
  },
  {
    name: 'two hundred at once, good and bad',
    run: async (harness) => {
      const [good, bad] = [await harness.token(), await harness.token({ signature: 'flipped' })]
      const shown = Array.from({ length: 200 }, (_, index) => bearer(index % 2 === 0 ? good : bad))
      const opened = await Promise.allSettled(shown.map((headers) => harness.open({ headers })))
      expect(opened.map(({ status }) => status === 'fulfilled')).toEqual(shown.map((_, index) => index % 2 === 0))
      await harness.alive()
    },
  },
]
