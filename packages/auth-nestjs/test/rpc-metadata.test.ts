import { KafkaContext, MqttContext, NatsContext, RedisContext, RmqContext, TcpContext } from '@nestjs/microservices'
import { describe, expect, it } from 'vitest'

import { metadataRequest } from '../src/rpc-metadata.js'

/** A context with the first of its arguments, whatever the others are. */
function made(Context: new (args: never) => unknown, ...args: readonly unknown[]): unknown {
  return Reflect.construct(Context, [args])
}

const value = 'Bearer x'

// As the client libraries of the brokers have them.
const natsHeaders = {
  keys: () => ['Authorization'],
  values: (name: string) => (name === 'Authorization' ? [value] : []),
}
const grpcMetadata = { getMap: () => ({}), get: (name: string) => (name === 'authorization' ? [value] : []) }

describe('the credentials of a message', () => {
  it.each([
    ['Kafka, as bytes', made(KafkaContext, { headers: { Authorization: Buffer.from(value) } })],
    ['RabbitMQ', made(RmqContext, { properties: { headers: { authorization: value } } })],
    ['NATS', made(NatsContext, 'subject', natsHeaders)],
    ['MQTT 5', made(MqttContext, 'topic', { properties: { userProperties: { authorization: value } } })],
    ['TCP', made(TcpContext, {}, 'pattern', { authorization: value })],
    ['Redis', made(RedisContext, 'channel', { authorization: value })],
    ['gRPC', grpcMetadata],
  ])('%s: are in its metadata', (_name, context) => {
    expect(metadataRequest(context)?.headers?.['authorization']).toEqual([value])
  })

  it.each([
    ['Kafka', made(KafkaContext, {})],
    ['RabbitMQ', made(RmqContext, { properties: {} })],
    ['NATS', made(NatsContext, 'subject', undefined)],
    ['MQTT before 5', made(MqttContext, 'topic', {})],
    ['TCP', made(TcpContext, {}, 'pattern')],
    ['Redis', made(RedisContext, 'channel')],
    ['a context that is text', made(TcpContext, {}, 'pattern', 'authorization')],
  ])('%s: are missing without metadata', (_name, context) => {
    expect(metadataRequest(context)?.headers?.['authorization'] ?? []).toEqual([])
  })

  it('are all there, so that two are refused', () => {
    const context = made(MqttContext, 't', {
      properties: { userProperties: { authorization: ['a', 'b'], Authorization: 'c' } },
    })
    expect(metadataRequest(context)?.headers).toEqual({ authorization: ['a', 'b', 'c'] })
  })

  it('are not looked for in a transport without metadata', () => {
    for (const context of [
      undefined,
      null,
      {},
      'text',
      { authorization: value },
      { headers: { authorization: value } },
    ]) {
      expect(metadataRequest(context)).toBeUndefined()
    }
  })
})
