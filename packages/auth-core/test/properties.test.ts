import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedJwsError, parseCompactJws } from '../src/crypto/compact-jws.js'
import { readCredentials } from '../src/request/credentials.js'
import { isAuthError } from '../src/outcome/errors.js'
import { RUNS, anyHeaders, anyText, base64Text, mutated } from './arbitraries.js'
import { createWorld, jwsText, request } from './support.js'

const world = await createWorld()
const jwks = { keys: [world.issuer.signingKey.publicJwk] }
const server = world.serve({ issuers: [{ issuer: world.issuer.issuer, jwks }] })
const token = await world.issuer.accessToken()
const bound = await world.issuer.accessToken({ jkt: world.key.thumbprint })
const proof = await world.proof(bound)

const jsonText = fc.oneof(fc.json(), fc.uint8Array({ maxLength: 40 }))

const anyJws = fc.oneof(
  anyText,
  base64Text,
  mutated(token),
  mutated(proof),
  fc.tuple(base64Text, base64Text, base64Text).map((segments) => segments.join('.')),
  fc.tuple(jsonText, jsonText).map(([header, payload]) => jwsText(header, payload)),
)

describe('parseCompactJws', () => {
  it('returns objects or throws MalformedJwsError, whatever the text', () => {
    fc.assert(
      fc.property(anyJws, (text) => {
        try {
          const { header, payload, headerText, signingInput } = parseCompactJws(text)
          expect([Array.isArray(header), Array.isArray(payload), typeof header, typeof payload]).toEqual([
            false,
            false,
            'object',
            'object',
          ])
          expect(text.startsWith(`${signingInput}.`) && signingInput.startsWith(`${headerText}.`)).toBe(true)
        } catch (error) {
          if (!(error instanceof MalformedJwsError)) throw error
        }
      }),
      RUNS,
    )
  })

  it('gives one value one text: what it accepts, encoded again, is what it was', () => {
    fc.assert(
      fc.property(anyJws, (text) => {
        try {
          const { signatureText } = parseCompactJws(text)
          const segments = text.split('.').map((segment) => Buffer.from(segment, 'base64url').toString('base64url'))
          expect(segments.join('.')).toBe(text)
          expect(signatureText).toBe(segments[2])
        } catch (error) {
          if (!(error instanceof MalformedJwsError)) throw error
        }
      }),
      RUNS,
    )
  })
})

const anyAuthorization = fc.oneof(
  anyText,
  fc
    .tuple(fc.constantFrom('Bearer', 'DPoP', 'bearer', 'Basic', ''), fc.constantFrom(' ', '  ', '\t', ''), anyJws)
    .map((parts) => parts.join('')),
)

describe('readCredentials', () => {
  it('returns credentials or throws an AuthError of status 400 or 401', () => {
    fc.assert(
      fc.property(fc.array(anyAuthorization, { maxLength: 3 }), (authorization) => {
        const read = (): unknown => {
          try {
            return readCredentials(request({ authorization })).scheme
          } catch (error) {
            if (isAuthError(error)) return error.status
            throw error
          }
        }
        expect(['Bearer', 'DPoP', 400, 401]).toContain(read())
      }),
      RUNS,
    )
  })
})

describe('authenticate', () => {
  it('never rejects, and never accepts, whatever a client sends', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyAuthorization,
        fc.array(anyJws, { maxLength: 2 }),
        anyHeaders,
        anyText,
        fc.nat(3),
        async (authorization, dpop, headers, target, hops) => {
          // A change may change nothing.
          fc.pre(!authorization.includes(token))
          const outcome = await server.authenticate(
            request({ authorization, dpop, headers: headers.flat(), target, hops }),
          )
          if (outcome.ok) throw new Error(`accepted ${JSON.stringify(authorization)}`)
          expect([400, 401]).toContain(outcome.status)
          // Fit for a header, whatever was sent.
          expect(outcome.headers['www-authenticate']).toMatch(/^[\x20-\x7e]+$/)
          expect(outcome.body).toMatch(/^[\x20-\x7e]+$/)
        },
      ),
      RUNS,
    )
  })

  it('never rejects for anything beside good credentials, nor accepts a changed token', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(token), anyHeaders, async (text, headers) => {
        // Spaces before a token are of no account (RFC 9110 §11.4).
        fc.pre(text.trim() !== token)
        const others = headers.filter(([name]) => name !== 'Authorization').flat()
        const outcome = await server.authenticate(request({ authorization: `Bearer ${text}`, headers: others }))
        if (outcome.ok) throw new Error('accepted')
        expect([400, 401]).toContain(outcome.status)
      }),
      RUNS,
    )
  })

  it('never rejects, nor accepts a changed proof', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(proof), anyHeaders, anyText, fc.nat(3), async (dpop, headers, target, hops) => {
        fc.pre(dpop !== proof)
        const others = headers.filter(([name]) => name !== 'Authorization' && name !== 'DPoP').flat()
        const outcome = await server.authenticate(
          request({ authorization: `DPoP ${bound}`, dpop, headers: others, target, hops }),
        )
        if (outcome.ok) throw new Error('accepted')
        expect([400, 401]).toContain(outcome.status)
      }),
      RUNS,
    )
  })
})
