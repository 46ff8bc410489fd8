import { MOST_BYTES } from './entry.js'

// KEYS: epochs, a sorted set of entries by the time before which tokens are revoked. log, the same entries by a number that
// grows with each change. state, a hash of that number and of a name that is new when Redis was emptied.
// ARGV: the time, the retention, a new name.

// An entry is over when all tokens that it revokes are. By the slower of two clocks, so that one that is wrong deletes
// nothing. A part at a time: Redis does nothing else meanwhile.
const BEGIN = `
local epochs, log, state = KEYS[1], KEYS[2], KEYS[3]
local time, given = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
local now = math.min(time, given)
local over = redis.call('ZRANGEBYSCORE', epochs, '-inf', '(' .. (now - tonumber(ARGV[2])), 'LIMIT', 0, 500)
for _, entry in ipairs(over) do
  redis.call('ZREM', epochs, entry)
  redis.call('ZREM', log, entry)
end
local name = redis.call('HGET', state, 'name')
if not name then
  name = ARGV[3]
  redis.call('HSET', state, 'name', name)
end
-- Beyond the count there is nothing, unless somebody else has changed it, or the log: then all is numbered, and read, anew.
local beyond = redis.call('ZRANGEBYSCORE', log, '(' .. (redis.call('HGET', state, 'sequence') or '0'), '+inf', 'LIMIT', 0, 500)
for _, entry in ipairs(beyond) do
  redis.call('HINCRBY', state, 'sequence', 1)
  redis.call('ZADD', log, redis.call('HGET', state, 'sequence'), entry)
end
if #beyond > 0 then
  name = ARGV[3]
  redis.call('HSET', state, 'name', name)
end`

/**
 * ARGV: the position that was read last, and how many entries are wanted. Answers with the position now, and with entries,
 * the number and the time of each. A position has the name of this start of Redis in it: what comes back after a restart
 * or a failover may be older than what was read.
 */
export const READ: string = `
-- What others revoke at the master does not come here: an old master that has become a replica would answer for ever with
-- what it knew (replica-serve-stale-data), and nobody would notice.
if string.find(redis.call('INFO', 'replication'), 'master_link_status:down', 1, true) then
  return redis.error_reply('READONLY this is a replica that has lost its master')
end
${BEGIN}
local lineage = (string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '') .. ':' .. name
local last = redis.call('HGET', state, 'sequence') or '0'
local from = lineage == ARGV[4] and ARGV[5] or '0'
local page = redis.call('ZRANGEBYSCORE', log, '(' .. from, last, 'WITHSCORES', 'LIMIT', 0, ARGV[6])
local reply = { lineage, last }
for i = 1, #page, 2 do
  local entry = page[i]
  reply[#reply + 1] = #entry <= ${MOST_BYTES} and entry or ''
  reply[#reply + 1] = page[i + 1]
  reply[#reply + 1] = redis.call('ZSCORE', epochs, entry) or ''
end
return reply`

/**
 * ARGV: how many entries there may be, the channel, and entries with their times. Answers with how many were written, and
 * with whether all of them have found room. A later time stays: so it may come twice, and in any order.
 */
export const WRITE: string = `${BEGIN}
local written, room = 0, 1
-- What is later than that nobody takes for a time.
local latest = math.max(time, given) + 86400
for i = 6, #ARGV, 2 do
  local entry, before = ARGV[i], tonumber(ARGV[i + 1])
  local held = redis.call('ZSCORE', epochs, entry)
  local current = held and tonumber(held) or -1
  local isKnown = current >= before and current <= latest and redis.call('ZSCORE', log, entry)
  if not isKnown then
    if not held and redis.call('ZCARD', epochs) >= tonumber(ARGV[4]) then
      room = 0
    else
      redis.call('HINCRBY', state, 'sequence', 1)
      redis.call('ZADD', epochs, ARGV[i + 1], entry)
      redis.call('ZADD', log, redis.call('HGET', state, 'sequence'), entry)
      written = written + 1
    end
  end
end
-- Where it may not, the others find it when they look next.
if written > 0 then redis.pcall('PUBLISH', ARGV[5], '') end
return { written, room }`
