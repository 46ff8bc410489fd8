import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

/** What a page loads: a module that stands in this package, with all that it imports. */
export async function bundleForBrowser(code: string): Promise<string> {
  const id = fileURLToPath(new URL('../page.mjs', import.meta.url))
  const source = {
    name: 'source',
    resolveId: (given: string) => (given === id ? id : null),
    load: (given: string) => (given === id ? code : null),
  }
  const conditionNames = ['browser', 'import', 'module', 'default']
  const build = await rolldown({ input: id, platform: 'browser', resolve: { conditionNames }, plugins: [source] })
  const { output } = await build.generate({ format: 'esm' })
  return output[0].code
}
