// Runs doctor, and tells GitHub: outputs, a summary, and an annotation for what is to be mended first.
import { spawnSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { env } = process
const args = [
  'doctor',
  '--json',
  ...(env.INPUT_API ? ['--api', env.INPUT_API] : []),
  ...(env.INPUT_ORIGIN ? ['--origin', env.INPUT_ORIGIN] : []),
  ...(env.INPUT_SCOPE ? ['--scope', env.INPUT_SCOPE] : []),
]
const [command, ...before] = env.ACME_AUTH
  ? [process.execPath, env.ACME_AUTH]
  : ['npx', '--yes', `@acme/auth-cli@${env.INPUT_VERSION || 'latest'}`]
const { status, stdout, stderr } = spawnSync(command, [...before, ...args], { encoding: 'utf8', maxBuffer: 10_000_000 })

const file = join(env.RUNNER_TEMP ?? tmpdir(), 'acme-auth-doctor.json')
writeFileSync(file, stdout ?? '')
const report = parsed(stdout)
output('ok', String(status === 0))
output('report', file)
if (report?.findings === undefined) annotate('error', report?.error ?? stderr ?? 'doctor did not run')
else {
  summary(report.findings)
  if (report.primary) annotate(report.primary.status === 'fail' ? 'error' : 'warning', mend(report.primary))
}
process.exitCode = status ?? 2

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function mend({ says, fix, cause }) {
  return `${says}: ${fix ?? cause ?? ''}`
}

function output(name, value) {
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}=${value}\n`)
}

function summary(findings) {
  if (!env.GITHUB_STEP_SUMMARY) return
  const rows = findings.map(
    ({ status: result, stage, says, fix = '' }) => `| ${[result, stage, says, fix].map(cell).join(' | ')} |`,
  )
  appendFileSync(env.GITHUB_STEP_SUMMARY, `| | | | fix |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`)
}

/** What servers answered is in there: no markup of theirs. */
function cell(text) {
  return text
    .replaceAll(/[\\`*_{}[\]<>()#+!|&]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(/\s+/g, ' ')
}

/** As a workflow command, in which these three characters would end the text, or begin another command. */
function annotate(level, text) {
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  process.stdout.write(`::${level} title=acme-auth doctor::${escaped}\n`)
}
