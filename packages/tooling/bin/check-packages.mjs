// Packs every published package, and checks the tarball as its users will see it: entry points and types.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pnpm = packageManager.replace(/\+.*/, '')
const tools = join(root, 'node_modules/.bin')

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name)
  if (!existsSync(join(folder, 'package.json'))) continue
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (manifest.private !== true) check(manifest.name, folder)
}

function check(name, folder) {
  const out = mkdtempSync(join(tmpdir(), 'acme-pack-'))
  try {
    run(folder, 'npx', ['--yes', '--prefer-offline', pnpm, 'pack', '--pack-destination', out])
    const [tarball] = readdirSync(out)
    run(root, join(tools, 'publint'), ['run', '--strict', join(out, tarball)])
    // Every way of resolving but that of node10, which knows no subpaths.
    run(root, join(tools, 'attw'), [join(out, tarball), '--profile', 'node16', '--no-color'])
    process.stdout.write(`${name}: package is sound\n`)
  } finally {
    rmSync(out, { recursive: true })
  }
}

function run(cwd, file, args) {
  try {
    execFileSync(file, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    process.stderr.write(`${error.stdout}${error.stderr}`)
    throw error
  }
}
