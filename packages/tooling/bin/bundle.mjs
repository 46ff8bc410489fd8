// Makes of the modules that tsc wrote what Node loads: one CommonJS bundle for each package, with its types; one module for
// the start of a command line, and more for its commands; and modules
// of a few lines that import the bundle, so that `import` and `require` in one process share one copy of its state.
// Which entries there are, and where their files lie, is told by `exports` of the package in the current folder.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'

import { rolldown } from 'rolldown'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const require = createRequire(resolve('package.json'))
const entries = Object.values(manifest.exports).filter((one) => one.require !== undefined || one.node !== undefined)
const OUT = 'dist/bundle'

/** So that stack traces lead to the sources in TypeScript, and not to what tsc made of them. */
const sourceMapsOfTsc = {
  name: 'source-maps-of-tsc',
  load: {
    filter: { id: /\/dist\/(?!bundle\/).*\.js$/ },
    handler: (id) =>
      id.startsWith(resolve('dist'))
        ? {
            code: readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
            map: JSON.parse(readFileSync(`${id}.map`, 'utf8')),
          }
        : null,
  },
}

rmSync(OUT, { recursive: true, force: true })
if (entries.length > 0) await bundle()
if (manifest.bin !== undefined) await bundleProgram()
for (const entry of entries) {
  const required = entry.node?.require ?? entry.require
  const imported = (entry.node?.import ?? entry.import).default
  if (imported.endsWith('.mjs')) writeModule(imported, required.default)
  declareForCommonJs(required.types.replace(/\.d\.cts$/, '.d.ts'))
}

async function bundle() {
  const sources = entries.map((entry) => {
    const { default: file, types } = entry.node?.require ?? entry.require
    return [basename(file, '.cjs'), types.replace(/\.d\.cts$/, '.js')]
  })
  const build = await rolldown({
    input: Object.fromEntries(sources),
    platform: 'node',
    external: isExternal,
    plugins: [sourceMapsOfTsc],
    logLevel: 'warn',
  })
  await build.write({
    dir: OUT,
    format: 'cjs',
    sourcemap: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'shared.cjs',
    comments: { legal: true },
  })
}

/** What a command line loads at its start, in one file, and what each command needs in another. As deep as what tsc wrote. */
async function bundleProgram() {
  for (const name of readdirSync('dist')) if (/^program.*\.mjs(?:\.map)?$/.test(name)) rmSync(join('dist', name))
  const build = await rolldown({
    input: { program: 'dist/main.js' },
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    plugins: [sourceMapsOfTsc],
    logLevel: 'warn',
  })
  await build.write({
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'program-[name].mjs',
  })
}

/** Packages stay outside, but for those that only exist as ES modules: not every `require` takes these, Jest's does not. */
function isExternal(id) {
  if (/^[./#]/.test(id)) return false
  if (id.startsWith('node:')) return true
  const name = id.split('/', id.startsWith('@') ? 2 : 1).join('/')
  if (manifest.peerDependencies?.[name] !== undefined || name.startsWith('@acme/')) return true
  return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).type !== 'module'
}

/** Names are written out: what `export *` takes of CommonJS differs between Node and bundlers. */
function writeModule(file, required) {
  const names = Object.keys(require(resolve(required))).filter((name) => name !== '__esModule')
  const from = `./${relative(dirname(file), required)}`
  writeFileSync(file, names.length === 0 ? `import '${from}'\n` : `export { ${names.join(', ')} } from '${from}'\n`)
}

/** The declarations that an entry reaches, once more for CommonJS: those of ES modules may not be required. */
function declareForCommonJs(entry, done = new Set()) {
  if (done.has(entry)) return
  done.add(entry)
  const target = entry.replace(/\.d\.ts$/, '.d.cts')
  const text = readFileSync(entry, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text.replaceAll(/(['"]\.{1,2}\/[^'"]*)\.js(['"])/g, '$1.cjs$2'))
  for (const [, path] of text.matchAll(/['"](\.{1,2}\/[^'"]*)\.js['"]/g)) {
    declareForCommonJs(join(dirname(entry), `${path}.d.ts`), done)
  }
}
