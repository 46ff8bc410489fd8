import { existsSync } from 'node:fs'

import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, LaunchOptions } from 'playwright-core'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium, without what it would ask of the internet. @throws when it is not installed, saying how to */
export function startBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions())
}

/** The same with a profile, which outlives it. */
export function openProfile(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, launchOptions())
}

function launchOptions(): LaunchOptions {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('chromium is not installed: apt-get install chromium')
  const quiet = ['background-networking', 'component-update', 'sync', 'quic', 'gpu'].map((name) => `--disable-${name}`)
  // Loopback only: whatever else a page names is not found.
  const loopback = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
  return { executablePath, args: ['--no-sandbox', '--no-first-run', loopback, ...quiet] }
}
