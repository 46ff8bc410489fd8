import type { BrowserContext, Locator, Page } from 'playwright-core'

/** A tab with the sample client. */
export interface Tab {
  readonly page: Page
  /** What the page threw, or logged as an error. */
  readonly faults: string[]
  readonly who: Locator
}

/** A row of the table. */
export interface Row {
  readonly server: string
  readonly status: string
  readonly answer: string
  readonly did: string
}

export type ActionName =
  | 'Read messages'
  | 'Show profile'
  | 'Transfer, with a stronger login'
  | 'Delete, with more scopes'

/** Has the clock of each page of a context go wrong by so many seconds, from now on. Timers stay as they are. */
export async function setClock(context: BrowserContext, seconds: number): Promise<void> {
  const script = `{
    globalThis.secondsAhead = ${seconds}
    const Real = (globalThis.RealDate ??= Date)
    const now = () => Real.now() + globalThis.secondsAhead * 1000
    globalThis.Date = class extends Real {
      constructor(...given) {
        if (given.length === 0) super(now())
        else super(...given)
      }
      static now() {
        return now()
      }
    }
  }`
  await context.addInitScript(script)
  await Promise.all(context.pages().map((page) => page.evaluate(script)))
}

/** Opens the page, and waits until it knows who is logged in. */
export async function openTab(context: BrowserContext, origin: string): Promise<Tab> {
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => {
    // Chromium logs each answer of 400 and above by itself; refusals are what these tests are about.
    const isOfNetwork = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isOfNetwork) faults.push(message.text())
  })
  await page.goto(origin)
  const tab = { page, faults, who: page.locator('#who') }
  await isSettled(tab)
  return tab
}

export async function isSettled({ who }: Tab): Promise<void> {
  await who.filter({ hasText: /^(Logged in as|Nobody)/ }).waitFor()
}

/** Logs in at the tenant; without a second factor unless told otherwise. */
export async function logIn(tab: Tab, { strong = false } = {}): Promise<void> {
  await tab.page.getByRole('button', { name: 'Log in' }).click()
  await fillIn(tab.page, { strong })
  await tab.who.filter({ hasText: 'Logged in as ada' }).waitFor()
}

/** At the page of the tenant. */
export async function fillIn(page: Page, { name = 'ada', strong = true } = {}): Promise<void> {
  await page.getByLabel('Name').fill(name)
  if (!strong) await page.getByLabel('Without a second factor').check()
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** Presses a button, and does what is to be done until the rows are there. */
export async function act(
  { page }: Tab,
  name: ActionName,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Row[]> {
  const answers = page.locator('#answers')
  await page.getByRole('button', { name }).click()
  await meanwhile()
  await page.waitForFunction(() => document.getElementById('answers')?.ariaBusy === 'false')
  const rows = await answers.locator('tr').all()
  return Promise.all(
    rows.map(async (row) => {
      const [server = '', status = '', answer = '', did = ''] = await row.locator('th, td').allTextContents()
      return { server, status, answer, did }
    }),
  )
}

/** Agrees to step up, and logs in in the window that opens. */
export async function stepUp(
  { page }: Tab,
  user: { readonly name?: string; readonly strong?: boolean } = {},
): Promise<void> {
  const opened = page.waitForEvent('popup')
  await page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click()
  const window = await opened
  const closed = window.waitForEvent('close')
  await fillIn(window, user)
  await closed
}

export async function events({ page }: Tab): Promise<string[]> {
  return page.locator('#events li').allTextContents()
}
