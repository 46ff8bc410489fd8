// node bundle.mjs BUNDLER ENTRY FILE: one file that runs on Node.
const [bundler, entry, file] = process.argv.slice(2)
const esm = file.endsWith('.mjs')
// What CommonJS in a bundle of ES modules calls for Node's own modules.
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

const bundlers = {
  async esbuild() {
    const { build } = await import('esbuild')
    const format = esm ? { format: 'esm', banner: { js: banner } } : { format: 'cjs' }
    await build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'node', ...format })
  },
  async webpack() {
    const { default: webpack } = await import('webpack')
    const path = await import('node:path')
    const output = { path: path.dirname(file), filename: path.basename(file) }
    // Frameworks require what need not be there, and what they only know when they run.
    const ignoreWarnings = [(warning) => !/@acme/.test(warning.module?.resource)]
    // Once with names that are mangled: it takes half a minute.
    const optimization = { minimize: entry.includes('express') }
    const options = { entry, output, optimization, target: 'node20', mode: 'production', ignoreWarnings }
    const stats = await new Promise((resolve, reject) => {
      webpack(options, (error, done) => (error ? reject(error) : resolve(done)))
    })
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString())
  },
  async rollup() {
    const { rollup } = await import('rollup')
    const { nodeResolve } = await import('@rollup/plugin-node-resolve')
    const { default: commonjs } = await import('@rollup/plugin-commonjs')
    const { default: json } = await import('@rollup/plugin-json')
    // Without exportConditions: neither `node` nor `browser` is a condition then.
    const bundle = await rollup({ input: entry, plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()] })
    await bundle.write({ file, format: esm ? 'es' : 'cjs', inlineDynamicImports: true })
  },
  async rolldown() {
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: entry, platform: 'node' })
    await bundle.write({ file, format: esm ? 'esm' : 'cjs', codeSplitting: false })
  },
  async ncc() {
    const { default: ncc } = await import('@vercel/ncc')
    const { mkdirSync, writeFileSync } = await import('node:fs')
    const path = await import('node:path')
    const { code } = await ncc(path.resolve(entry), { minify: false, quiet: true, esm })
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, code)
  },
  async worker() {
    const { build } = await import('esbuild')
    const conditions = ['workerd', 'worker', 'browser']
    await build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'browser', format: 'esm', conditions })
  },
}

await bundlers[bundler]()
