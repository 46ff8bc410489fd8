import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Application } from 'typedoc'

import { API, here, root } from './pages.js'

/** Writes a page for each entry of the packages. @throws when there are none */
export async function writeApiPages(): Promise<void> {
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entryPoints(),
    tsconfig: join(here, 'tsconfig.api.json'),
    out: join(root, API),
    readme: 'none',
    githubPages: false,
    disableSources: true,
    // What an adapter hands on is told where it is from.
    excludeExternals: true,
    externalPattern: ['**/dist/**', '**/node_modules/**'],
    excludeInternal: true,
    // Each package is compiled by itself, with the libraries of its own runtimes.
    skipErrorChecking: true,
    logLevel: 'Error',
    // What is called comes before what it takes.
    groupOrder: ['Functions', 'Classes', '*'],
    // Of the plugin, which typedoc's types do not know.
    ...({
      outputFileStrategy: 'modules',
      entryFileName: 'index',
      hideBreadcrumbs: true,
      hidePageHeader: true,
    } as object),
  })
  const project = await application.convert()
  if (project === undefined) throw new Error('typedoc found nothing')
  for (const module of project.children ?? []) module.name = `@acme/${module.name.replace(/\/src(?=\/|$)/, '')}`
  await application.generateOutputs(project)
}

/** The source of each entry that a package exports. */
function entryPoints(): string[] {
  const packages = readdirSync(join(root, 'packages')).filter((name) => name.startsWith('auth-'))
  return packages.flatMap((name) => {
    const folder = join(root, 'packages', name)
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: object } // every package has them
    // `global` declares a type, and has nothing to describe.
    return Object.keys(exports)
      .filter((entry) => entry !== './global')
      .map((entry) => (entry === '.' ? 'index' : entry.slice(2)))
      .flatMap((entry) => [join(folder, `src/${entry}.ts`), join(folder, `src/${entry}/index.ts`)])
      .filter((path) => existsSync(path))
  })
}
