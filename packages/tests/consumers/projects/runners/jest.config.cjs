// Which of them is wanted is told by the environment.
const ways = {
  'ts-jest': { transform: { '\\.ts$': 'ts-jest' }, testMatch: ['**/items.spec.ts'] },
  '@swc/jest': {
    transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } } }] },
    testMatch: ['**/items.spec.ts'],
  },
  CommonJS: { transform: {}, testMatch: ['**/items.spec.cjs'] },
  modules: { transform: {}, testMatch: ['**/items.spec.mjs'] },
}

module.exports = { moduleFileExtensions: ['ts', 'mjs', 'cjs', 'js', 'json'], ...ways[process.env.WAY] }
