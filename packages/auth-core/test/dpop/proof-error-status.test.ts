import { describe, expect, it } from 'vitest'

import { createWorld, errorOf, faultOf, refused, request } from '../support.js'

const JKT = 'a'.repeat(43)

describe('dpop.proofErrorStatus', async () => {
  const { issuer, serve } = await createWorld()
  const token = await issuer.accessToken({ claims: { cnf: { jkt: JKT } } })

  it.each([
    [undefined, 400],
    [400, 400],
    [401, 401],
  ] as const)('%s: a bad proof is refused with %i', async (proofErrorStatus, status) => {
    const server = serve({ dpop: proofErrorStatus === undefined ? {} : { proofErrorStatus } })
    const outcome = refused(await server.authenticate(request({ authorization: `DPoP ${token}` })))
    expect([outcome.status, outcome.error.status, outcome.error.statusCode]).toEqual([status, status, status])
    expect(outcome.headers['www-authenticate']).toMatch(/^DPoP algs="ES256", error="invalid_dpop_proof"/)
  })

  it('is that of a proof that is verified alone, too', async () => {
    const proof = { proof: 'x', method: 'GET', url: 'https://api.test/', accessToken: token, thumbprint: JKT }
    const statusBy = async (proofErrorStatus: 400 | 401): Promise<unknown> =>
      (await errorOf(() => serve({ dpop: { proofErrorStatus } }).verifyDpopProof(proof))).status
    expect([await statusBy(400), await statusBy(401)]).toEqual([400, 401])
  })

  it('is that of bad proofs only', async () => {
    const server = serve({ dpop: { mode: 'required', proofErrorStatus: 401 } })
    const unbound = await issuer.accessToken({})
    expect(refused(await server.authenticate(request({ authorization: `Bearer ${unbound}` }))).status).toBe(400)
    expect(refused(await server.authenticate(request({ authorization: 'DPoP a b' }))).status).toBe(400)
  })

  it.each([402, '401', null, 200, 500])('refuses %s at creation', async (proofErrorStatus) => {
    const fault = await faultOf(() => serve({ dpop: { proofErrorStatus: proofErrorStatus as 401 } }))
    expect([fault.name, fault.message.slice(0, 21)]).toEqual(['TypeError', 'dpop.proofErrorStatus'])
  })
})
