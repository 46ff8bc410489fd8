import type { Page } from 'playwright-core'

/** The row of a server below Live. */
export interface Connected {
  readonly server: string
  readonly connection: string
  readonly seconds: number
  readonly told: string
}

/** A WebSocket that the page opened. */
export interface Socket {
  readonly url: URL
  isClosed: boolean
}

export async function connections(page: Page): Promise<Connected[]> {
  const rows = await page
    .locator('#connections tr')
    .evaluateAll((found) => found.map((row) => [...row.children].map(({ textContent }) => textContent ?? '')))
  return rows.map(([server = '', connection = '', seconds = '', told = '']) => {
    return { server, connection, seconds: Number(seconds), told }
  })
}

/** All of them, from now on. */
export function watchSockets(page: Page): Socket[] {
  const sockets: Socket[] = []
  page.on('websocket', (opened) => {
    const socket = { url: new URL(opened.url()), isClosed: false }
    opened.on('close', () => (socket.isClosed = true))
    sockets.push(socket)
  })
  return sockets
}

export async function press(page: Page, name: 'Connect' | 'Disconnect' | 'End all my sessions'): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

/** Says it to all that the page is connected to. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('To everybody').fill(text)
  await page.getByRole('button', { name: 'Say', exact: true }).click()
}

export async function heard(page: Page): Promise<string[]> {
  return page.locator('#feed li').allTextContents()
}
