export { redisTicketStore } from './tickets/redis-ticket-store.js'
export type { RedisTicketStore, RedisTicketStoreOptions } from './tickets/redis-ticket-store.js'
export type { IoredisTicketClient, NodeRedisTicketClient, RedisTicketClient } from './tickets/commands.js'
