import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBrowser } from './support/browser.js'
import { authorize, partOf, tryOut } from './support/docs-page.js'
import { API_NAMES, startPrograms } from './support/programs.js'
import type { Programs } from './support/programs.js'

let programs: Programs
let browser: Browser

beforeAll(async () => {
  programs = await startPrograms()
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  programs.close()
})

/** In a context of its own, so that no login is left over. It fails for whatever the page throws or logs as an error. */
async function withPage<Result>(use: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  try {
    const result = await use(page)
    expect(faults).toEqual([])
    return result
  } finally {
    await context.close()
  }
}

async function documentOf(origin: string): Promise<unknown> {
  return (await fetch(`${origin}/openapi.json`)).json()
}

describe.each(API_NAMES)('Swagger UI of %s', (api) => {
  it('logs in, and calls with Bearer', async () => {
    const { status, body, headers } = await withPage(async (page) => {
      await authorize(page, programs.origin(api), { dpop: false })
      return tryOut(page, '/api/messages')
    })
    expect(status).toBe(200)
    expect(body).toHaveProperty('messages.0.from', 'ada')
    expect(headers).not.toHaveProperty('dpop')
    const [scheme, token] = (headers['authorization'] ?? '').split(' ')
    expect(scheme).toBe('Bearer')
    const claims = partOf(token, 1)
    expect(claims).toMatchObject({ iss: programs.issuer, sub: 'ada', azp: 'docs', scope: 'read:messages' })
    expect(claims).not.toHaveProperty('cnf')
  })

  it('logs in, and calls with DPoP', async () => {
    const tried = await withPage(async (page) => {
      await authorize(page, programs.origin(api), { dpop: true })
      const messages = await tryOut(page, '/api/messages')
      // With a proof of its own.
      return [messages, await tryOut(page, '/api/profile')]
    })
    const proofs = tried.map(({ headers }) => partOf(headers['dpop'], 1))
    expect(tried.map(({ status }) => status)).toEqual([200, 200])
    expect(tried.map(({ headers }) => headers['authorization']?.split(' ')[0])).toEqual(['DPoP', 'DPoP'])
    expect(proofs.map(({ htu }) => htu)).toEqual(
      ['/api/messages', '/api/profile'].map((path) => programs.origin(api) + path),
    )
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(2)
    expect(tried[1]?.body).toHaveProperty('cnf.jkt')
  })

  it('shows a refusal for what the token does not hold', async () => {
    const { status, headers } = await withPage(async (page) => {
      await authorize(page, programs.origin(api), { dpop: false })
      return tryOut(page, '/api/payments')
    })
    expect(headers['authorization']).toMatch(/^Bearer /)
    expect(status).toBe(403)
  })

  it('calls without credentials before the login', async () => {
    const { status, headers } = await withPage(async (page) => {
      await page.goto(`${programs.origin(api)}/docs`)
      return tryOut(page, '/api/messages')
    })
    expect(headers).not.toHaveProperty('authorization')
    expect(status).toBe(401)
  })

  it('has the same document as the others', async () => {
    const document = await documentOf(programs.origin(api))
    expect(document).toEqual(await documentOf(programs.origin('Express')))
    expect(document).toMatchObject({
      paths: { '/api/messages': { get: { security: [{ oauth: ['read:messages'] }, { bearer: [] }, { dpop: [] }] } } },
    })
  })

  it('has no opener policy, which would keep the login from coming back', async () => {
    for (const path of ['/docs', '/docs/oauth2-redirect.html']) {
      const { headers } = await fetch(programs.origin(api) + path)
      expect(headers.get('cross-origin-opener-policy')).toBeNull()
    }
  })

  it.each(['..%2Fpackage.json', '%2Fetc%2Fpasswd', 'package.json', 'swagger-ui.css%00', 'constructor'])(
    'has no file %s',
    async (name) => {
      const { status } = await fetch(`${programs.origin(api)}/docs/${name}`)
      expect(status).toBe(404)
    },
  )
})
