import { expect } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'

export const messages: readonly ConnectionCase[] = [
  {
    name: 'an event of the application reaches it',
    needs: ['messages'],
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      for (const data of ['text', { nested: { token: 'no token' } }, 'auth0.renew', ['auth0.renew'], 0]) {
        client.send('echo', data)
        expect(await client.next('echo')).toEqual(data)
      }
    },
  },
  {
    name: 'frames that are not ours reach the application as they are',
    needs: ['messages', 'frames'],
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      const texts = ['', 'auth0.renew', '{"event":"auth0.renew"', '["auth0.renew"]', 'null', '{}', '\u0000 é 😀']
      const frames = [...texts, new Uint8Array([0, 255, 10]), new Uint8Array(70_000).fill(7)]
      for (const frame of frames) {
        client.sendFrame(frame)
        expect(await client.frame()).toEqual(frame)
      }
    },
  },
]
