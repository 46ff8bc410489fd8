export { redisTraceStore } from './traces/redis-trace-store.js'
export type { RedisTraceClient, RedisTraceStore, RedisTraceStoreOptions } from './traces/redis-trace-store.js'
