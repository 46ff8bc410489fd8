import { createResourceServer } from '@acme/auth-core'

// Test files share a process. It warns of many resource servers once: here, and not in the middle of some test.
const options = { issuer: 'https://issuer.test/', audience: 'https://api.test/', onEvent: () => undefined }
for (let made = 0; made <= 250; made++) createResourceServer(options)
