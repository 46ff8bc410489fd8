import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MAX_CERTIFICATE, readCertificate } from '../../src/mtls/certificate-text.js'
import type { CertificateFormat } from '../../src/mtls/mtls-options.js'
import { derOf, pemOf } from './support.js'

const FORMATS = ['rfc9440', 'base64-der', 'escaped-pem', 'xfcc'] as const
const der = derOf(700)
const base64 = Buffer.from(der).toString('base64')
const escaped = encodeURIComponent(pemOf(der))
const HASH = 'ab'.repeat(32)
const THUMBPRINT = Buffer.from(HASH, 'hex').toString('base64url')

describe('a certificate as a proxy writes it', () => {
  it.each<[string, CertificateFormat, string]>([
    ['RFC 9440 §2.2', 'rfc9440', `:${base64}:`],
    ['HAProxy, ssl_c_der,base64', 'base64-der', base64],
    ['nginx, $ssl_client_escaped_cert', 'escaped-pem', escaped],
    ['PEM without a line feed at its end', 'escaped-pem', encodeURIComponent(pemOf(der).trim())],
    ['PEM with the line ends of others', 'escaped-pem', encodeURIComponent(pemOf(der).replaceAll('\n', '\r\n'))],
    ['AWS, which leaves + / = as they are', 'escaped-pem', escaped.replaceAll('%2B', '+').replaceAll('%2F', '/')],
    ['a chain, the certificate of the client first', 'escaped-pem', encodeURIComponent(pemOf(der) + pemOf(derOf(20)))],
    ['Envoy', 'xfcc', `By=spiffe://a;Hash=${HASH};Cert="${escaped}";Subject="CN=a,O=b;c";URI=`],
    ['Envoy, appended to what a client sent', 'xfcc', `Cert="forged";Hash=1,Hash=${HASH};Cert="${escaped}"`],
    ['Envoy, keys in other cases', 'xfcc', `cert="${escaped}"`],
  ])('%s', (_, format, text) => {
    expect(readCertificate(text, format)).toEqual({ der })
  })

  it.each([
    ['the hash', `Hash=${HASH}`],
    ['the hash in upper case', `Hash=${HASH.toUpperCase()}`],
    ['the hash, quoted', `By="a";Hash="${HASH}"`],
    ['the hash of the last element', `Hash=${'cd'.repeat(32)};Cert="x", By=b;Hash=${HASH}`],
    ['a subject with an escaped quote', `Subject="CN=\\"a\\",Hash=${'cd'.repeat(32)}";Hash=${HASH}`],
  ])('Envoy, %s', (_, text) => {
    expect(readCertificate(text, 'xfcc')).toEqual({ thumbprint: THUMBPRINT })
  })

  it.each([0, 1, 126, 127, 128, 200, 255, 256, 257, 4000])('of %i bytes', (size) => {
    const own = derOf(size)
    expect(readCertificate(`:${Buffer.from(own).toString('base64')}:`, 'rfc9440')).toEqual({ der: own })
  })
})

describe('what is no certificate', () => {
  const cut = Buffer.from(der.subarray(0, -1)).toString('base64')
  const more = Buffer.concat([der, Buffer.from([0])]).toString('base64')
  const indefinite = Buffer.from([0x30, 0x80, 0, 0]).toString('base64')
  const longForm = Buffer.from([0x30, 0x81, 1, 0]).toString('base64')
  const leadingZero = Buffer.concat([Buffer.from([0x30, 0x82, 0, 200]), Buffer.alloc(200)]).toString('base64')
  const otherTag = Buffer.from([0x31, 0]).toString('base64')
  const huge = Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).toString('base64')

  it.each([
    ['text', 'x'],
    ['an empty one', '::'],
    ['without colons', base64],
    ['one colon', `:${base64}`],
    ['two, as joined lines are', `:${base64}:, :${base64}:`],
    ['with parameters', `:${base64}:;a=1`],
    ['white space inside', `:${base64.slice(0, 8)} ${base64.slice(8)}:`],
    ['base64url', `:${'_'.repeat(8)}:`],
    ['not padded', `:${base64.replace(/=+$/, '')}A:`],
    ['padding inside', ':MA==MA==:'],
    ['PEM', `:${Buffer.from(pemOf(der)).toString('base64')}:`],
    ['cut off', `:${cut}:`],
    ['more than one structure', `:${more}:`],
    ['of indefinite length', `:${indefinite}:`],
    ['a short length in the long form', `:${longForm}:`],
    ['a length with a leading zero', `:${leadingZero}:`],
    ['no SEQUENCE', `:${otherTag}:`],
    ['four gigabytes by its length', `:${huge}:`],
    ['a byte', ':MA==:'],
    ['line feeds', `:${base64}:\n`],
  ])('RFC 9440: %s', (_, text) => {
    expect(readCertificate(text, 'rfc9440')).toBeUndefined()
  })

  it.each([
    ['not escaped', pemOf(der)],
    ['two, as joined lines are', `${escaped},${escaped}`],
    ['two, with a space', `${escaped}, ${escaped}`],
    ['something in front', `x${escaped}`],
    ['a private key', encodeURIComponent(pemOf(der).replaceAll('CERTIFICATE', 'PRIVATE KEY'))],
    ['a public key', encodeURIComponent(pemOf(der).replaceAll('CERTIFICATE', 'PUBLIC KEY'))],
    ['no end', escaped.slice(0, -40)],
    ['only the end', escaped.slice(-40)],
    ['a bad escape', `${escaped}%`],
    ['no UTF-8', `${escaped}%ff`],
    ['escaped twice', encodeURIComponent(escaped)],
    ['headers of RFC 1421', encodeURIComponent(pemOf(der).replace('\n', '\nProc-Type: 4,ENCRYPTED\n'))],
    ['nothing inside', encodeURIComponent('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n')],
    ['a thousand empty ones', encodeURIComponent('-----BEGIN CERTIFICATE-----').repeat(400)],
  ])('escaped PEM: %s', (_, text) => {
    expect(readCertificate(text, 'escaped-pem')).toBeUndefined()
  })

  it.each([
    ['text', 'x'],
    ['no element', ','],
    ['an open quote', `Hash=${HASH};Subject="a`],
    ['an element that ends in an escape', `Hash=${HASH};Subject="a\\`],
    ['a hash of another length', `Hash=${HASH}00`],
    ['a hash twice', `Hash=${HASH};Hash=${HASH}`],
    ['a hash twice, in other cases', `Hash=${'cd'.repeat(32)};hash=${HASH}`],
    ['the last element has none', `Hash=${HASH},By=a`],
    ['an empty last element', `Hash=${HASH},`],
    ['a bad certificate beside a good hash', `Cert="x";Hash=${HASH}`],
    ['an element that is not understood before it', `x"y,Hash=${HASH}`],
    ['no key', `="${HASH}"`],
    ['a quote in the middle', `Hash=a"${HASH}"`],
  ])('Envoy: %s', (_, text) => {
    expect(readCertificate(text, 'xfcc')).toBeUndefined()
  })

  it('one that is longer than any', () => {
    const own = derOf(MAX_CERTIFICATE)
    expect(readCertificate(`:${Buffer.from(own).toString('base64')}:`, 'rfc9440')).toBeUndefined()
  })
})

describe('garbage', () => {
  it.each(FORMATS)('in %s is no fault', (format) => {
    const part = oneof(
      string({ unit: 'binary' }),
      constantFrom(':', base64, escaped, 'Cert=', 'Hash=', HASH, '"', '\\', ',', ';', '%', ' ', '-----BEGIN'),
    )
    assert(
      property(array(part, { maxLength: 8 }), (parts) => {
        const read = readCertificate(parts.join(''), format)
        return read === undefined || 'der' in read || 'thumbprint' in read
      }),
    )
  })

  // Each takes a backtracking parser its square, or its cube.
  it.each([
    ['spaces in a value', `By=${' '.repeat(16_000)}"`],
    ['spaces after a quote', `By="a"${' '.repeat(16_000)}"`],
    ['spaces before a key', ' '.repeat(16_000)],
    ['escapes', `By="${'\\a'.repeat(8000)}`],
    ['elements', 'a=b,'.repeat(4000)],
    ['letters', 'a'.repeat(16_000)],
    ['line feeds in PEM', encodeURIComponent(`-----BEGIN CERTIFICATE-----${'\n'.repeat(5000)}`)],
    ['beginnings of PEM', encodeURIComponent('-----BEGIN CERTIFICATE-----\nMAA=\n').repeat(300)],
  ])('a bomb of %s is read in linear time', (_, text) => {
    const started = performance.now()
    for (const format of FORMATS) expect(readCertificate(text, format)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(500)
  })
})
