export { redisRevocations } from './revocations/redis-revocations.js'
export type { RedisRevocations } from './revocations/redis-revocations.js'
export type { RedisRevocationsOptions } from './revocations/options.js'
export type { RedisRevocationsEvent } from './revocations/events.js'
export type {
  IoredisRevocationsClient,
  NodeRedisRevocationsClient,
  RedisRevocationsClient,
} from './revocations/client.js'
