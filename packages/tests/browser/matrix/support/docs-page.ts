import type { Page } from 'playwright-core'

/** What the page was answered when an operation was tried. */
export interface Tried {
  readonly status: number
  readonly body: unknown
  /** Of the request that was sent. */
  readonly headers: Readonly<Record<string, string>>
}

/** Opens `/docs`, and logs in by the button Authorize. */
export async function authorize(page: Page, origin: string, { dpop }: { readonly dpop: boolean }): Promise<void> {
  await page.goto(`${origin}/docs`)
  if (dpop) await page.locator('#dpop').check()
  await page.locator('.auth-wrapper .btn.authorize').first().click()
  const form = page.locator('.auth-container', { hasText: 'OAuth2' })
  await form.locator('label[for^="read:messages-"]').first().click()
  const opened = page.waitForEvent('popup')
  await form.locator('button.authorize').click()
  const login = await opened
  await login.getByLabel('Name').fill('ada')
  const closed = login.waitForEvent('close')
  await login.getByRole('button', { name: 'Log in' }).click()
  await closed
  await page.locator('button.auth', { hasText: 'Logout' }).waitFor()
  await page.locator('.btn-done').first().click()
}

/** Presses Try it out and Execute. */
export async function tryOut(page: Page, path: string): Promise<Tried> {
  const operation = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) }).first()
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path)
  await operation.getByRole('button', { name: 'Execute' }).click()
  const response = await answered
  await operation.locator('.live-responses-table .response-col_status').first().waitFor()
  return { status: response.status(), body: await response.json(), headers: await response.request().allHeaders() }
}

/** The JSON of a part of a JWT. */
export function partOf(jwt: string | undefined, index: 0 | 1): Readonly<Record<string, unknown>> {
  const text = Buffer.from(jwt?.split('.')[index] ?? '', 'base64url').toString()
  return JSON.parse(text) as Readonly<Record<string, unknown>> // of a token that an API accepted
}
