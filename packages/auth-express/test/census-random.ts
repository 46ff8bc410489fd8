import { routeCensus } from '../src/census.js'
import type { AuthHandler } from '../src/index.js'
import express from 'express'
import type { Express, Router } from 'express'

/** Applications that are made up, the same for the same seed. Each route ends in a segment of its own. */
export function randomApp(seed: number, wildcard: string, guard: AuthHandler): Express {
  const random = generator(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item // there are some
  let routes = 0

  const paths = ['/', '/a', '/b', '/A', '/:x', '/a/b', '/a/:y', '/a/', ['/a', '/b']]
  const mounts = [...paths, /\/a/, /^\/b/]
  const wholes = [...paths, `/${wildcard}`, `/a/${wildcard}`, `/:x/${wildcard}`]

  function route(router: Router): void {
    const name = `r${routes++}`
    const given = pick(paths)
    const path = [given].flat().map((one) => `${one.replace(/\/$/, '')}/${name}`)
    const handlers = [
      ...(random() < 0.3 ? [guard] : []),
      (_request: express.Request, response: express.Response) => void response.send(name),
      ...(random() < 0.2 ? [guard] : []),
    ]
    const one = path.length === 1 ? (path[0] ?? '/') : path
    if (random() < 0.2) router.all(one, ...handlers)
    else router.get(one, ...handlers)
  }

  function fill(router: Router, depth: number): void {
    for (let steps = 0; steps < 6; steps++) {
      const kind = random()
      if (kind < 0.4) route(router)
      else if (kind < 0.5) router.use(pick(mounts), guard)
      else if (kind < 0.55) router.use(guard)
      else if (kind < 0.65) router.all(pick(wholes), guard)
      else if (kind < 0.7) router.get(pick(wholes), guard)
      else if (kind < 0.75) router.post(pick(wholes), guard)
      else if (depth < 3) router.use(pick(mounts), child(depth + 1))
    }
  }

  function child(depth: number): Router {
    const router = express.Router({ caseSensitive: random() < 0.5, strict: random() < 0.5 })
    fill(router, depth)
    return router
  }

  const app = express()
  if (random() < 0.3) app.enable('case sensitive routing')
  if (random() < 0.3) app.enable('strict routing')
  fill(app, 0)
  return app
}

/** URLs that may reach a row: with values of parameters that are guarded elsewhere, in other cases, with more slashes. */
export function variantsOf(path: string): readonly string[] {
  const literal = path.replace(/\(mounted on \/\^?\\\/(\w)(?:\\\/\?.*?)?\/i?\)/g, '$1')
  const values = ['a', 'b', 'v'].map((value) => literal.replace(/:\w+/g, value))
  return values.flatMap((one) => {
    const name = one.lastIndexOf('/')
    const upper = one.slice(0, name).toUpperCase() + one.slice(name)
    const lower = one.slice(0, name).toLowerCase() + one.slice(name)
    return [one, upper, lower, `${one}/`, `/v${one}`, `${one.slice(0, name)}/${one.slice(name)}`]
  })
}

/** Which routes are said to be guarded, by the segment of their own. */
export function guardedRoutes(app: Express): ReadonlyMap<string, readonly string[]> {
  const guarded = new Map<string, string[]>()
  for (const { path, access } of routeCensus(app)) {
    const [name] = /r\d+$/.exec(path) ?? []
    if (name === undefined) continue
    const before = guarded.get(name)
    // A list of paths has a row for each.
    if (access !== 'guarded') guarded.set(name, [])
    else if (before?.length !== 0) guarded.set(name, [...(before ?? []), path])
  }
  return guarded
}

/** Numbers from 0 to 1, by a linear congruential generator. */
function generator(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32
}
