// The programs that the tests start, and how a machine gets them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** By command: the package of Debian, and of Homebrew. */
const PROGRAMS = {
  curl: { apt: 'curl', brew: 'curl' },
  'redis-server': { apt: 'redis-server', brew: 'redis' },
  nginx: { apt: 'nginx', brew: 'nginx' },
  haproxy: { apt: 'haproxy', brew: 'haproxy' },
  chromium: { apt: 'chromium', brew: 'chromium' },
}

// Debian has servers in /usr/sbin, which is not on everybody's PATH.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/**
 * Installs what is missing through apt, where that is allowed without asking: for root, and by sudo without a password.
 *
 * @param {readonly (keyof typeof PROGRAMS)[]} wanted
 * @throws with the line that installs it, where it is not allowed or did not work
 */
export function ensureServices(wanted) {
  if (missingOf(wanted).length === 0) return
  const apt = aptCommand()
  if (apt !== undefined) installByApt(apt, missingOf(wanted))
  const missing = missingOf(wanted)
  if (missing.length > 0) throw new Error(howToInstall(missing))
}

function missingOf(wanted) {
  return wanted.filter((name) => !FOLDERS.some((folder) => existsSync(join(folder, name))))
}

/** What apt-get is started with, or undefined where this user may not install anything. */
function aptCommand() {
  if (!FOLDERS.some((folder) => existsSync(join(folder, 'apt-get')))) return undefined
  if (process.getuid?.() === 0) return ['apt-get']
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' })
  return sudo.status === 0 ? ['sudo', '-n', 'apt-get'] : undefined
}

function installByApt(apt, missing) {
  const packages = ['ca-certificates', ...missing.map((name) => PROGRAMS[name].apt)]
  process.stdout.write(`not installed: ${missing.join(', ')}. Installing with ${apt.join(' ')} ...\n`)
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const [command, ...before] = apt
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status, stdout, stderr } = spawnSync(command, [...before, ...args], { env, encoding: 'utf8' })
    if (status !== 0) process.stderr.write(`${stdout}${stderr}`)
  }
}

function howToInstall(missing) {
  const packages = (from) => missing.map((name) => PROGRAMS[name][from]).join(' ')
  return [
    `not installed: ${missing.join(', ')}, which the tests start. Install it, then come again:`,
    `  Debian, Ubuntu:  apt-get update && apt-get install --no-install-recommends ${packages('apt')}`,
    `  macOS:           brew install ${packages('brew')}`,
  ].join('\n')
}
