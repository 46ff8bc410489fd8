// node dist/main.js [build|serve]: builds the site; `serve`, which is the default, shows it on PORT, or 5000.
import { buildSite, serveSite } from './site.js'

await buildSite()
if (process.argv[2] !== 'build') await serveSite(Number(process.env['PORT'] ?? 5000))
