import { behind, HOST, PROTO, PUBLIC, unknownUrl } from './addressed.js'
import type { Header } from './addressed.js'
import { asDpopUser } from './case.js'
import type { ContractCase } from './contract.js'
import { proofUrl } from './refusals.js'

const PORT = 'https://api.example.com:8443/any'
const host = (value: string): Header => ['X-Forwarded-Host', value]
const port = (value: string): Header => ['X-Forwarded-Port', value]
const standard = (value: string): Header => ['Forwarded', value]

/** Each family tells its own hops, and where both tell of the URL they must agree (RFC 7239 §8.1). */
const bothFamilies: readonly ContractCase[] = [
  behind('a client claims a trusted hop of Forwarded, in X-Forwarded-For', proofUrl(), 'https://evil.example.com/any', [
    standard('proto=https;host=evil.example.com, for=203.0.113.9;proto=https;host=api.example.com'),
    ['X-Forwarded-For', '127.0.0.1'],
  ]),
  behind('a client claims a trusted hop of X-Forwarded-*, in Forwarded', proofUrl(), 'https://evil.example.com/any', [
    PROTO,
    host('evil.example.com, api.example.com'),
    standard('for=127.0.0.1'),
  ]),
  behind("a client's X-Forwarded-For beside Forwarded", asDpopUser, PUBLIC, [
    standard('proto=http;host=evil.example.com, for=203.0.113.9;proto=https;host=api.example.com'),
    ['X-Forwarded-For', '127.0.0.1, 127.0.0.1'],
  ]),
  behind('both families, of one mind', asDpopUser, PUBLIC, [PROTO, HOST, standard('proto=https;host=api.example.com')]),
  behind('both families, of one mind on the port', asDpopUser, PORT, [
    PROTO,
    HOST,
    port('8443'),
    standard('proto=https;host="api.example.com:8443"'),
  ]),
  behind('the families differ on the host', unknownUrl, PUBLIC, [
    PROTO,
    HOST,
    standard('proto=https;host=evil.example.com'),
  ]),
  behind('the families differ on the scheme', unknownUrl, PUBLIC, [
    PROTO,
    HOST,
    standard('proto=http;host=api.example.com'),
  ]),
  behind('the families differ on the port', unknownUrl, PUBLIC, [
    PROTO,
    HOST,
    port('8443'),
    standard('proto=https;host=api.example.com'),
  ]),
]

/** A handshake of WebSocket is an HTTP request: RFC 6455 §4.1. */
const socketCases: readonly ContractCase[] = [
  behind('the scheme is wss', asDpopUser, PUBLIC, [['X-Forwarded-Proto', 'wss'], HOST]),
  behind('the scheme is WSS in Forwarded', asDpopUser, PUBLIC, [standard('proto=WSS;host=api.example.com')]),
  behind('the scheme is ws', asDpopUser, 'http://api.example.com/any', [['X-Forwarded-Proto', 'ws'], HOST]),
  behind('wss in one family, https in the other', asDpopUser, PUBLIC, [
    ['X-Forwarded-Proto', 'wss'],
    standard('proto=https;host=api.example.com'),
  ]),
  behind('the scheme is ws, for https', proofUrl(), PUBLIC, [['X-Forwarded-Proto', 'ws'], HOST]),
]

/** Of a peer that is trusted: `X-Forwarded-*` and `Forwarded` (RFC 7239) beside each other. */
export const familyCases: readonly ContractCase[] = [...bothFamilies, ...socketCases]
