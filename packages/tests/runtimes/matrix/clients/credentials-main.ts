import process from 'node:process'

import { callAsService } from './credentials.ts'

process.stdout.write(`${JSON.stringify(await callAsService(String(process.argv[2])))}\n`)
