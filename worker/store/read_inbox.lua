--[[
Reads the inbox as its one reader: takes or renews the lease, then gives what earlier readers left unsettled or, if
that is nothing, what is new. All in one step: a reader that stalled between lease and read would take new entries
away from whoever has taken over meanwhile.

KEYS  1 reader  2 reader fence  3 inbox
ARGV  1 this reader's token  2 how long the lease lasts, ms  3 consumer group  4 consumer  5 the most entries
Returns nothing if another reader is at work or nothing waits; then this reader holds no lease. Otherwise
{ the entries, how many entries of earlier readers were deleted unsettled, TIME's seconds, its microseconds }.
]]
local READER, FENCE, INBOX = unpack(KEYS)
local token, lease_ms, group, consumer, most = unpack(ARGV)

local holder = redis.call('GET', READER)
if holder and holder ~= token then return end

local claimed = redis.call('XAUTOCLAIM', INBOX, group, consumer, 0, '0-0', 'COUNT', most)
local entries, lost = claimed[2], #claimed[3]
if #entries == 0 and lost == 0 then
  local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', most, 'STREAMS', INBOX, '>')
  if not read then
    redis.call('DEL', READER)
    return
  end
  entries = read[1][2]
end
redis.call('SET', READER, token, 'PX', lease_ms)
redis.call('SET', FENCE, token)
local time = redis.call('TIME')
return { entries, lost, time[1], time[2] }
