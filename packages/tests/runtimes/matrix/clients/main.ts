import process from 'node:process'

import { callApi } from './call-api.ts'

process.stdout.write(`${JSON.stringify(await callApi(String(process.argv[2])))}\n`)
