import { build, serve } from 'vitepress'

import { writeApiPages } from './api.js'
import { assemble } from './assemble.js'
import { here, readPages } from './pages.js'

/** Builds the site into `dist/site`. @throws when a link inside it is dead */
export async function buildSite(): Promise<void> {
  await writeApiPages()
  assemble(readPages())
  await build(here)
}

/** Shows what was built, on this machine. */
export async function serveSite(port: number): Promise<void> {
  await serve({ root: here, port })
}
