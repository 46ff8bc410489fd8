import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A tab with the playground. */
export interface Play {
  readonly page: Page
  /** What the page threw, logged, or did not get: of a refused request nothing. */
  readonly faults: readonly string[]
}

/** A row of the table. */
export interface Row {
  readonly server: string
  readonly status: string
  readonly error: string
  readonly code: string
  readonly told: string
}

/** In a context of its own. It fails for whatever the page throws or logs. */
export async function play<Result>(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions,
  use: (play: Play) => Promise<Result>,
): Promise<Result> {
  const context = await browser.newContext(options)
  const faults: string[] = []
  try {
    const page = await context.newPage()
    page.on('pageerror', ({ message }) => faults.push(message))
    page.on('console', (message) => {
      // Chromium tells so of the login page of the tenant where the test was quicker than its autofocus.
      if (message.text().startsWith('Autofocus processing was blocked')) return
      faults.push(`${message.type()}: ${message.text()}`)
    })
    // What is given up when another page is opened is none.
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText
      if (why !== 'net::ERR_ABORTED') faults.push(`${why}: ${request.url()}`)
    })
    await page.goto(origin)
    await isSettled(page)
    const result = await use({ page, faults })
    if (faults.length > 0) throw new Error(faults.join('\n'))
    return result
  } finally {
    await context.close()
  }
}

export async function isSettled(page: Page): Promise<void> {
  await page
    .locator('#who')
    .filter({ hasText: /^(Logged in as|Nobody)/ })
    .waitFor()
}

/** At the page of the tenant, and back. */
export async function logIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log in to send' }).click()
  await page.getByLabel('Name').fill('ada')
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.locator('#who').filter({ hasText: 'Logged in as ada' }).waitFor()
}

/** By the URL, as a link would. */
export async function choose(page: Page, choice: Readonly<Record<string, string>>): Promise<void> {
  const hash = new URLSearchParams(choice).toString()
  await page.evaluate((value) => (location.hash = value), hash)
  await page.waitForFunction(
    (wanted) =>
      Object.entries(wanted).every(([name, value]) => new URLSearchParams(location.hash.slice(1)).get(name) === value),
    { ...choice },
  )
}

export async function send(page: Page): Promise<Row[]> {
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await isAnswered(page)
  return rows(page)
}

export async function isAnswered(page: Page): Promise<void> {
  // Five servers may have to start.
  const isOver = (): boolean => document.getElementById('answers')?.ariaBusy === 'false'
  await page.waitForFunction(isOver, undefined, { timeout: 150_000 })
}

export async function rows(page: Page): Promise<Row[]> {
  return page.locator('#answers tr').evaluateAll((found) =>
    found.map((row) => {
      const [server, status, told] = [...row.children].map(({ textContent }) => textContent ?? '')
      const [error, code] = [...row.querySelectorAll('code')].map(({ textContent }) => textContent ?? '')
      return { server: server ?? '', status: status ?? '', error: error ?? '', code: code ?? '', told: told ?? '' }
    }),
  )
}

/** The check that the trace of the chosen server shows as failed. */
export async function failedCheck(page: Page): Promise<string> {
  return (await page.locator('#trace .checks .failed').textContent())?.replace(/^✗|, failed.*$/g, '') ?? ''
}
