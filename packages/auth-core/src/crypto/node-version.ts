// The oldest that the tests run on; 20.12 brought crypto.hash.
const MAJOR = 20
const MINOR = 19

/** @throws {Error} on a Node that lacks what is needed here: in one line, where it would fail later and elsewhere */
export function requireNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return
  throw new Error(`@acme/auth-core needs Node ${MAJOR}.${MINOR} or newer, and this is ${version}`)
}
