/** One line of `fastify.printRoutes()` that has methods. */
export interface PrintedRoute {
  readonly url: string
  readonly methods: readonly string[]
  /** As JSON; empty where there are none. */
  readonly constraints: string
}

/**
 * What `fastify.printRoutes()` draws: each node of the router's tree on a line, whose text goes on with that of its
 * parents. It knows all routes, and nothing of their hooks.
 */
export function printedRoutes(tree: string): readonly PrintedRoute[] {
  const texts: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, label = ''] = LINE.exec(line) ?? []
    if (indent === undefined) return []
    const [ending = '', methods, constraints = ''] = ENDING.exec(label) ?? []
    const depth = indent.length / 4
    texts.splice(depth, texts.length, label.slice(0, label.length - ending.length))
    return methods === undefined ? [] : [{ url: texts.join(''), methods: methods.split(', '), constraints }]
  })
}

const LINE = /^((?:│ {3}| {4})*)[├└]── (.*)$/
const ENDING = / \(([A-Z-]+(?:, [A-Z-]+)*)\)(?: (\{.*\}))?$/
