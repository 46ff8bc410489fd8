/** What an expression asks for. */
export interface Query {
  readonly selectors: readonly Selector[]
  /** Of `by`, `ignoring`, `on` and the like. */
  readonly groups: readonly string[]
}

export interface Selector {
  /** A pattern of whole names. */
  readonly name: RegExp
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]
}

const FUNCTIONS = new Set(['sum', 'min', 'max', 'rate', 'increase', 'histogram_quantile', 'label_values'])
const GROUPINGS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const TOKEN =
  /\s*(?:([A-Za-z_:][\w:]*)|("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?[smhd]?|\$__rate_interval)|(=~|!~|!=|==|>=|<=|[-+*/=<>(){}[\],]))/gy

/** Reads the part of PromQL that our files use. @throws for anything else, and for a name that is no function */
export function parseQuery(text: string): Query {
  const tokens = tokensOf(text.trim())
  const selectors: Selector[] = []
  const groups: string[] = []
  let at = 0
  const take = (wanted?: string): string => {
    const token = tokens[at] ?? 'the end'
    if (wanted !== undefined && token !== wanted) throw new Error(`${text}: ${token} for ${wanted}`)
    at += 1
    return token
  }

  function names(): void {
    take('(')
    while (tokens[at] !== ')')
      if (tokens[at] === ',') take()
      else groups.push(take())
    take(')')
  }

  function matchers(): Selector['matchers'][number][] {
    const all: Selector['matchers'][number][] = []
    if (tokens[at] !== '{') return all
    take('{')
    while (tokens[at] !== '}') {
      const [label, operator, value] = [take(), take(), take()]
      if (!['=', '!=', '=~', '!~'].includes(operator) || !value.startsWith('"')) throw new Error(`${text}: ${operator}`)
      all.push({ label, operator, value: value.slice(1, -1) })
      if (tokens[at] !== '}') take(',')
    }
    take('}')
    return all
  }

  while (at < tokens.length) {
    const token = tokens[at] ?? ''
    if (GROUPINGS.has(token)) {
      take()
      names()
    } else if (token === '{') {
      const all = matchers()
      const name = all.find(({ label }) => label === '__name__')
      if (name === undefined) throw new Error(`${text}: a selector without a name`)
      selectors.push({ name: new RegExp(`^(?:${name.value})$`), matchers: all.filter((one) => one !== name) })
    } else if (/^[A-Za-z_]/.test(token)) {
      take()
      if (tokens[at] === '(' || GROUPINGS.has(tokens[at] ?? '')) {
        if (!FUNCTIONS.has(token)) throw new Error(`${text}: ${token} is no function`)
      } else selectors.push({ name: new RegExp(`^${token}$`), matchers: matchers() })
    } else take()
  }
  return { selectors, groups }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`${text}: cannot be read at ${from}`)
    tokens.push(match[0].trim())
  }
  return tokens
}
