import { hasFunctions, isIoredis, isNodeRedis } from '../evaluate.js'
import { wrong } from '../options.js'

/** Listens to a channel. News that are lost are found by the next look. */
export interface Subscription {
  /** Subscribes, unless it has. */
  ensure(): Promise<void>
  close(): Promise<void>
}

/** What is used of a subscriber of `redis`. */
interface NodeRedisSubscriber {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  subscribe(channel: string, listener: () => void): Promise<unknown>
  unsubscribe(channel: string, listener: () => void): Promise<unknown>
  destroy(): unknown
  /** A Cluster has none. */
  unref?(): void
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** What is used of a subscriber of `ioredis`. */
interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  disconnect(): unknown
  on(event: string, listener: (...values: unknown[]) => void): unknown
  off(event: string, listener: (...values: unknown[]) => void): unknown
}

const NODE_REDIS = ['connect', 'subscribe', 'unsubscribe', 'destroy', 'on', 'off']
const IOREDIS = ['subscribe', 'unsubscribe', 'disconnect', 'on', 'off']

const ignore = (): void => undefined

/**
 * @param client - of which a duplicate listens, when no subscriber is given: one that is subscribed may send nothing else
 * @param news - called for each message, and after each connection, since messages may have been lost before it
 * @throws {TypeError} when the subscriber is none
 */
export function subscriptionOf(client: object, given: unknown, channel: string, news: () => void): Subscription {
  if (given !== undefined && (given === client || !isSubscriber(given))) {
    throw wrong('subscriber', given, 'another client than the first, of redis or ioredis')
  }
  let opened: Subscription | undefined
  let attempt: Promise<void> | undefined
  let isClosed = false
  // After a connection was lost it subscribes again.
  const connected = (): void => {
    attempt = undefined
    news()
  }
  return {
    async ensure() {
      if (isClosed) return
      opened ??= open(given ?? duplicateOf(client), { isOwn: given === undefined, channel, news, connected })
      attempt ??= opened.ensure().then(news, (error: unknown) => {
        attempt = undefined
        throw error
      })
      await attempt
    },
    async close() {
      isClosed = true
      await opened?.close()
    },
  }
}

function isSubscriber(value: unknown): boolean {
  return isNodeRedis(value, NODE_REDIS) || isIoredis(value, IOREDIS)
}

function duplicateOf(client: object): unknown {
  const known = client as { duplicate(options?: object): unknown } // it was checked
  // `ioredis` would subscribe again by itself, and end the process when that is refused. A Cluster of it would not.
  const isPlain = isIoredis(client, ['duplicate']) && Reflect.get(client, 'isCluster') !== true
  return isPlain ? known.duplicate({ autoResubscribe: false }) : known.duplicate()
}

interface Listening {
  /** Whether it was opened here, and is to be closed here. */
  readonly isOwn: boolean
  readonly channel: string
  readonly news: () => void
  readonly connected: () => void
}

function open(subscriber: unknown, listening: Listening): Subscription {
  if (isNodeRedis(subscriber, NODE_REDIS)) return ofNodeRedis(subscriber as NodeRedisSubscriber, listening) // just checked
  if (isIoredis(subscriber, IOREDIS)) return ofIoredis(subscriber as IoredisSubscriber, listening) // just checked
  throw new TypeError('the duplicate of the client is no client')
}

function ofNodeRedis(subscriber: NodeRedisSubscriber, { isOwn, channel, news, connected }: Listening): Subscription {
  if (isOwn) {
    // Without a listener an error ends the process, and without `unref` the connection keeps it.
    subscriber.on('error', ignore)
    subscriber.unref?.()
  }
  subscriber.on('ready', connected)
  return {
    async ensure() {
      if (isOwn && !subscriber.isOpen) await subscriber.connect()
      await subscriber.subscribe(channel, news)
    },
    async close() {
      subscriber.off('ready', connected)
      try {
        await (isOwn ? subscriber.destroy() : subscriber.unsubscribe(channel, news))
      } catch {
        return // It was closed.
      }
    },
  }
}

function ofIoredis(subscriber: IoredisSubscriber, { isOwn, channel, news, connected }: Listening): Subscription {
  const listener = (from: unknown): void => {
    if (from === channel) news()
  }
  if (isOwn) {
    subscriber.on('error', ignore)
    subscriber.on('connect', () => unrefStream(subscriber))
  }
  subscriber.on('message', listener)
  subscriber.on('ready', connected)
  return {
    async ensure() {
      await subscriber.subscribe(channel)
    },
    async close() {
      subscriber.off('message', listener)
      subscriber.off('ready', connected)
      try {
        await (isOwn ? subscriber.disconnect() : subscriber.unsubscribe(channel))
      } catch {
        return // It was closed.
      }
    },
  }
}

/** A Cluster has none of its own. */
function unrefStream(subscriber: object): void {
  const stream: unknown = Reflect.get(subscriber, 'stream')
  if (hasFunctions(stream, ['unref'])) (stream as { unref(): void }).unref() // just checked
}
