--[[
Reads the inbox as its one reader: takes or renews the lease, then gives what earlier readers left unsettled or, if
that is nothing, what is new. All in one step: a reader that stalled between lease and read would take new entries
away from whoever has taken over meanwhile. The lease is that of lease.py.

KEYS  1 reader  2 reader fence  3 inbox
ARGV  1 this reader's token  2 how often it has read  3 how long the lease lasts, ms  4 another's lease that may be
      taken over, or ""  5 consumer group  6 consumer  7 the most entries  8 the most bytes, about
Returns another's lease if one is at work, or nothing if nothing waits; then this reader holds no lease. Otherwise
{ the entries, how many entries of earlier readers were deleted unsettled, TIME's seconds, its microseconds }.
]]
local READER, FENCE, INBOX = unpack(KEYS)
local token, reads, lease_ms, expired, group, consumer, most, most_bytes = unpack(ARGV)

local held = redis.call('GET', READER)
if held and string.match(held, '^%S+') ~= token and held ~= expired then return held end

-- By the average, since entries cannot be measured before they are read; a store may forbid the question.
local length = redis.call('XLEN', INBOX)
local bytes = length > 0 and redis.pcall('MEMORY', 'USAGE', INBOX, 'SAMPLES', 5)
if type(bytes) == 'number' then
  most = math.max(1, math.min(tonumber(most), math.floor(most_bytes * length / bytes)))
end

local function fresh()
  return redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', most, 'STREAMS', INBOX, '>')
end

local claimed = redis.call('XAUTOCLAIM', INBOX, group, consumer, 0, '0-0', 'COUNT', most)
local entries, lost = claimed[2], #claimed[3]
if #entries == 0 and lost == 0 then
  local read = fresh()
  if not read and length > 0 then
    -- Somebody has moved the group past entries that nobody has settled.
    redis.call('XGROUP', 'SETID', INBOX, group, '0')
    read = fresh()
  end
  if not read then
    redis.call('DEL', READER)
    return
  end
  entries = read[1][2]
end
redis.call('SET', READER, token .. ' ' .. reads, 'PX', lease_ms)
redis.call('SET', FENCE, token)
local time = redis.call('TIME')
return { entries, lost, time[1], time[2] }
