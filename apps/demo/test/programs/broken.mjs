console.log('about to fail')
console.error('AUTH0_AUDIENCE is not set')
process.exit(1)
