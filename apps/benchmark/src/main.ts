// One entry for every process of a run; each role loads only what it needs, so that none distorts another.
const [role, ...rest] = process.argv.slice(2)

// As it is deployed: elsewhere each refusal is logged.
process.env['NODE_ENV'] ??= 'production'

if (role === 'http-driver') {
  const { runDriver } = await import('./http/driver.js')
  await runDriver()
} else if (role === 'http-server') {
  const { runServer } = await import('./http/server.js')
  await runServer()
} else if (role === 'cold-start') {
  // The module's name comes from the part: none for an empty process.
  if (rest[0] !== undefined) await import(rest[0])
  const { user, system } = process.cpuUsage()
  process.stdout.write(JSON.stringify({ cpu: user + system, wall: performance.now() * 1000 }))
} else {
  const { runBenchmark } = await import('./benchmark.js')
  process.exitCode = await runBenchmark(process.argv.slice(2))
}
