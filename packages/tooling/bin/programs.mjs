// The servers that the tests start, and the Debian packages that have them.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = { 'redis-server': 'redis-server', nginx: 'nginx', haproxy: 'haproxy' }

/** Says which are not installed, and how to install them. */
export function printMissingPrograms() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const missing = Object.keys(PROGRAMS).filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  if (missing.length === 0) return
  const packages = missing.map((name) => PROGRAMS[name]).join(' ')
  process.stderr.write(
    `${missing.join(', ')} not found. The tests that start it fail without it; on Debian:\n` +
      `  apt-get update && apt-get install --no-install-recommends ${packages}\n`,
  )
}
