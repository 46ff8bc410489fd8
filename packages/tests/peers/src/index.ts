export { PEER_NAMES, startPeer } from './start-peer.js'
export type { Peer, PeerName } from './start-peer.js'
export type { PeerSettings } from './peer.js'
