/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that is set but empty counts as not set. */
export function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

export function list(given: string): string[] {
  return given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

export function wrong(name: string, given: string, wanted: string): TypeError {
  return new TypeError(`${name}: got ${JSON.stringify(given)}, want ${wanted}`)
}

export function seconds(env: Environment, name: string): number | undefined {
  const given = text(env, name)
  if (given === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(given)) throw wrong(name, given, 'seconds, 0 or more, such as 5')
  return Number(given)
}

/** Up to a day in seconds: what the timers of all plugins can hold. */
export function positiveInteger(env: Environment, name: string, byDefault: number): number {
  const given = text(env, name) ?? String(byDefault)
  if (!/^[1-9]\d{0,5}$/.test(given) || Number(given) > 86_400) throw wrong(name, given, 'a number from 1 to 86400')
  return Number(given)
}
