// Compiles projects with the TypeScript that is given, in one process, which gets faster with each. It checks what is in
// them and the declarations of @acme, not those of others: `skipLibCheck` would skip both or none, and some of theirs fit
// neither old compilers nor Node without the DOM.
import { createRequire } from 'node:module'

const [typescript, ...configs] = process.argv.slice(2)
const ts = createRequire(import.meta.url)(typescript)
const parsed = new Map()
process.stdout.write(JSON.stringify(configs.map(compile)))

function compile(config) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => errors.push(diagnostic) }
  const { errors, options, fileNames } = ts.getParsedCommandLineOfConfigFile(config, {}, host)
  const program = ts.createProgram(fileNames, { ...options, skipLibCheck: false }, hostOf(options))
  const declarations = program.getSourceFiles().filter((file) => file.fileName.includes('/node_modules/@acme/'))
  const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile)
  const diagnostics = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...[...sources, ...declarations].flatMap((file) => program.getSemanticDiagnostics(file)),
    // One after the other: emitting all at once would check all that there is first.
    ...sources.flatMap((file) => program.emit(file).diagnostics),
  ]
  const said = ts.formatDiagnostics(diagnostics, ts.createCompilerHost({}))
  return { sources: sources.length, declarations: declarations.length, said }
}

/** Under the same settings of modules a file of a package is the same to all projects. */
function hostOf(options) {
  const host = ts.createCompilerHost(options)
  const settings = `${options.module} ${options.moduleResolution}`
  const getSourceFile = (name, ...rest) => {
    const key = `${settings} ${name}`
    if (!parsed.has(key)) parsed.set(key, host.getSourceFile(name, ...rest))
    return parsed.get(key)
  }
  return { ...host, getSourceFile }
}
