import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'
import { expectRefused, MALFORMED, NO_CREDENTIALS, TOKEN_BOUND, TOO_LARGE } from '../refusal.js'
import type { Refusal } from '../refusal.js'
import type { Harness } from '../harness.js'

type Offer = (harness: Harness) => Promise<readonly string[]>

function refusedOffer(name: string, offer: Offer, expected: Refusal): ConnectionCase {
  return {
    name,
    needs: ['subprotocol'],
    run: async (harness) => {
      const lines = await offer(harness)
      const headers = lines.map((line) => ['Sec-WebSocket-Protocol', line] as const)
      await expectRefused(harness, { headers }, expected)
    },
  }
}

/** Lists of subprotocols (RFC 6455 §4.1, §11.3.4). */
export const subprotocols: readonly ConnectionCase[] = [
  refusedOffer('a bound token', async (harness) => [`auth0-token, ${await harness.bound()}`], TOKEN_BOUND),
  refusedOffer('no token', async () => ['auth0-token'], MALFORMED),
  refusedOffer('an empty token', async () => ['auth0-token, '], MALFORMED),
  refusedOffer('a token in quotes', async (harness) => [`auth0-token, "${await harness.token()}"`], MALFORMED),
  refusedOffer(
    'two tokens',
    async (harness) => [`auth0-token, ${await harness.token()}, ${await harness.token()}`],
    MALFORMED,
  ),
  refusedOffer(
    'two tokens, each with its name, in two lines',
    async (harness) => [`auth0-token, ${await harness.token()}`, `auth0-token, ${await harness.token()}`],
    MALFORMED,
  ),
  refusedOffer('a token alone', async (harness) => [await harness.token()], NO_CREDENTIALS),
  refusedOffer('names without a token of ours', async () => ['graphql-ws, chat'], NO_CREDENTIALS),
  // Node takes 16 KiB for all headers together, and answers 431 by itself.
  refusedOffer('garbage of 12 KB', async () => [`auth0-token, ${'a'.repeat(12_000)}`], {
    status: 401,
    code: 'AUTH_1002',
    error: 'invalid_token',
  }),
  {
    name: 'a token of 20 KB, before anybody looks at it',
    needs: ['subprotocol'],
    run: async (harness) => {
      const { status } = await harness.answer({ protocols: ['auth0-token', 'a'.repeat(20_000)] })
      if (status !== 431 && status !== TOO_LARGE.status) throw new Error(`status ${status}`)
    },
  },
  {
    name: 'a token beside that of the header',
    needs: ['subprotocol'],
    run: async (harness) => {
      const token = await harness.token()
      const shown = { headers: bearer(token), protocols: ['auth0-token', token] }
      await expectRefused(harness, shown, { status: 400, code: 'VAL_2002', error: 'invalid_request' })
    },
  },
]
