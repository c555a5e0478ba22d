import { createHash } from 'node:crypto';
import { WINDOW_MS } from './limit-store.ts';

/** A script for Redis, with the digest under which Redis knows it once it has run. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/**
 * A key's window lies in one hash: the requests (`r`) and tokens (`t`) of each tenth of a second, numbered from the
 * epoch, and their sums. What is counted in a tenth leaves when its last millisecond does, so it may count up to
 * 99 ms longer than it must and never shorter. The time is Redis' own, which all processes share.
 *
 * KEYS[1] is the hash; ARGV[1] is the time in milliseconds, or empty.
 */
const WINDOW = `
local key = KEYS[1]
local WINDOW, SLOT = ${WINDOW_MS}, 100

local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function read(...)
  local values = redis.call('HMGET', key, ...)
  for index = 1, #values do values[index] = tonumber(values[index] or 0) end
  return unpack(values)
end

local function leaves_at(slot) return (slot + 1) * SLOT - 1 + WINDOW end

local now = clock(ARGV[1])
local first, newest, requests, tokens, last_request, last_tokens =
  read('first', 'newest', 'requests', 'tokens', 'last_request', 'last_tokens')
-- A clock that was set back must not bring back what has left.
local slot = math.max(math.floor(now / SLOT), newest)
if newest == 0 then first = slot end

local function forget_what_has_left()
  local before = first
  while first <= newest and leaves_at(first) <= now do
    local r, t = read('r' .. first, 't' .. first)
    requests, tokens = requests - r, tokens - t
    redis.call('HDEL', key, 'r' .. first, 't' .. first)
    first = first + 1
  end
  if first > before then redis.call('HSET', key, 'first', first, 'requests', requests, 'tokens', tokens) end
end

local function count(more_requests, more_tokens)
  redis.call('HINCRBY', key, 'r' .. slot, more_requests)
  redis.call('HINCRBY', key, 't' .. slot, more_tokens)
  requests, tokens, newest = requests + more_requests, tokens + more_tokens, slot
  if more_requests > 0 then last_request = slot end
  if more_tokens > 0 then last_tokens = slot end
  redis.call('HSET', key, 'first', first, 'newest', newest, 'requests', requests, 'tokens', tokens,
    'last_request', last_request, 'last_tokens', last_tokens)
  redis.call('PEXPIRE', key, WINDOW + 2 * SLOT)
end

forget_what_has_left()
if first > newest then first = slot end
`;

/**
 * Admits and counts one request, or counts nothing. ARGV[2] and ARGV[3] are requests and tokens a minute, -1 for no
 * limit; ARGV[4] is the estimate. Gives whether it was admitted (1 or 0), then in whole numbers the requests and
 * tokens that count, the milliseconds until none of the requests, none of the tokens counts, the milliseconds until
 * it would be admitted, and the tenth of a second in which it was counted.
 */
const TAKE = `
local rpm, tpm, asked = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local function has_room(r, t)
  return (rpm < 0 or r + 1 <= rpm) and (tpm < 0 or t + math.max(1, asked) <= tpm)
end

local function wait_for_room()
  local r, t = requests, tokens
  for each = first, newest do
    local gone_r, gone_t = read('r' .. each, 't' .. each)
    r, t = r - gone_r, t - gone_t
    if has_room(r, t) then return leaves_at(each) - now end
  end
  return WINDOW
end

local admitted, wait = 0, 0
if has_room(requests, tokens) then
  admitted = 1
  count(1, asked)
else
  wait = wait_for_room()
end
local requests_reset = requests == 0 and 0 or leaves_at(last_request) - now
local tokens_reset = tokens == 0 and 0 or leaves_at(last_tokens) - now
return { admitted, requests, tokens, requests_reset, tokens_reset, wait, slot }
`;

/**
 * Corrects an estimate. ARGV[2] is the tenth of a second in which it was counted, ARGV[3] what was used beyond it:
 * where that is negative, it is given back there.
 */
const CORRECT = `
local taken_in, difference = tonumber(ARGV[2]), tonumber(ARGV[3])
if difference > 0 then
  count(0, difference)
else
  -- Nothing is left to give back to where it has left the window.
  local back = math.min(-difference, (read('t' .. taken_in)))
  if back > 0 then
    redis.call('HINCRBY', key, 't' .. taken_in, -back)
    redis.call('HSET', key, 'tokens', tokens - back)
  end
end
return 1
`;

export const TAKE_SCRIPT = toScript(WINDOW + TAKE);
export const CORRECT_SCRIPT = toScript(WINDOW + CORRECT);

function toScript(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
