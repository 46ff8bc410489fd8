import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { generate } from 'selfsigned'

import { HOST } from './fronts.js'

/** Writes a certificate for the name and the address of the API, as both proxies want it. @returns it, to be trusted */
export async function writeCertificate(folder: string): Promise<string> {
  const pems = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: HOST },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  await mkdir(folder)
  await writeFile(join(folder, `${HOST}.key`), pems.private, { mode: 0o600 })
  // HAProxy reads the key from the file of the certificate; nginx does not mind it there.
  await writeFile(join(folder, `${HOST}.pem`), `${pems.cert}\n${pems.private}`, { mode: 0o600 })
  return pems.cert
}
