import { rolldown } from 'rolldown'

/** What a page loads: a module with all that it imports. */
export async function bundleForBrowser(path: string): Promise<string> {
  const conditionNames = ['browser', 'import', 'module', 'default']
  const build = await rolldown({ input: path, platform: 'browser', resolve: { conditionNames } })
  const { output } = await build.generate({ format: 'esm' })
  return output[0].code
}
