import { startSample } from './process.js'
import type { SuiteTest } from './suite-test.js'

type Variables = Readonly<Record<string, string>>

const PAGE = 'https://app.example.com'
const LOCAL = 'http://127.0.0.1:5173'
/** Which look like the allowed ones. */
const OTHERS = [
  'https://app.example.com.evil.example',
  'http://app.example.com',
  'http://127.0.0.1.evil.example',
  'null',
]

/** What of an answer says which pages may read it (Fetch §3.3.3). */
const READ = ['access-control-allow-origin', 'access-control-allow-credentials'] as const

/** Pages of other origins: those that `CORS_ORIGINS` names, and none by default. */
export function corsTests(direct: string, main: URL, env: Variables): SuiteTest[] {
  return [
    {
      name: 'CORS_ORIGINS: a page may send a proof, and reads the challenge of a refusal',
      async run() {
        const sample = await startSample(main, { ...env, CORS_ORIGINS: `${PAGE},http://127.0.0.1:*` })
        try {
          const asked = await Promise.all([PAGE, LOCAL].map((origin) => preflight(sample.origin, origin)))
          const refused = await Promise.all([PAGE, LOCAL].map((origin) => call(sample.origin, origin)))
          const others = await Promise.all(OTHERS.map((origin) => call(sample.origin, origin)))
          const actual = [asked, refused, others]
          return { actual, expected: [[PAGE, LOCAL].map(allowed), [PAGE, LOCAL].map(readable), OTHERS.map(unreadable)] }
        } finally {
          sample.kill()
        }
      },
    },
    {
      name: 'without CORS_ORIGINS no page of another origin is answered',
      run: async () => ({ actual: await call(direct, PAGE), expected: unreadable() }),
    },
  ]
}

const allowed = (origin: string): object => ({
  origin,
  headers: ['authorization', 'content-type', 'dpop'],
  isFine: true,
})
const readable = (origin: string): object => ({
  status: 401,
  read: [origin, null],
  exposed: ['date', 'dpop-nonce', 'retry-after', 'www-authenticate'],
})
const unreadable = (): object => ({ status: 401, read: [null, null], exposed: undefined })

async function preflight(api: string, origin: string): Promise<object> {
  const response = await fetch(`${api}/api/private`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization,dpop',
    },
  })
  const { headers, ok } = response
  await response.text()
  return { origin: headers.get(READ[0]), headers: words(headers.get('access-control-allow-headers')), isFine: ok }
}

/** Without a token. */
async function call(api: string, origin: string): Promise<object> {
  const response = await fetch(`${api}/api/private`, { headers: { origin } })
  const { headers, status } = response
  await response.text()
  const read = READ.map((name) => headers.get(name))
  // Of a page that may not read the answer, what else it could read says nothing.
  const exposed = read[0] === null ? undefined : words(headers.get('access-control-expose-headers'))
  return { status, read, exposed }
}

function words(list: string | null): string[] {
  return (list ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .toSorted()
}
