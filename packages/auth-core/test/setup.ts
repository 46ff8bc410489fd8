import { countResourceServer } from '../src/many-servers.js'

// Test files share processes. A process warns of many resource servers once: here, and not in the middle of some test.
for (let made = 0; made <= 250; made++) countResourceServer(() => undefined)
