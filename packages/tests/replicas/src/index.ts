export { startReplica } from './replica.js'
export type { Replica, ReplicaKind } from './replica.js'
export type { ReplicaSettings, Told } from './settings.js'
