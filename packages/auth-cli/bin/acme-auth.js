#!/usr/bin/env node
import module from 'node:module'

// Node 22.8 and newer: what was compiled is kept for the next start. It says itself where it may not.
module.enableCompileCache?.()
await import('../dist/program.mjs')
