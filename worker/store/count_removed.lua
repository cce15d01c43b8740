--[[
Counts the notices that were removed from the outbox before they were delivered, once nothing waits there.

KEYS  1 outbox  2 delivered  3 undelivered
ARGV  1 the delivery group
]]
local OUTBOX, DELIVERED, UNDELIVERED = unpack(KEYS)

local function named(flat)
  local by_name = {}
  for at = 1, #flat, 2 do by_name[flat[at]] = flat[at + 1] end
  return by_name
end

local group
for _, one in ipairs(redis.call('XINFO', 'GROUPS', OUTBOX)) do
  if named(one).name == ARGV[1] then group = named(one) end
end
if not group or group.pending > 0 then return end
local last = group['last-delivered-id']
if #redis.call('XRANGE', OUTBOX, '(' .. last, '+', 'COUNT', 1) > 0 then return end
local added = named(redis.call('XINFO', 'STREAM', OUTBOX))['entries-added']
local counted = tonumber(redis.call('HGET', DELIVERED, 'count'))
if counted == added then return end
if counted and counted < added then
  local reason = (added - counted) .. ' notices were removed from the outbox before they were delivered'
  redis.call('HSET', UNDELIVERED, 'before ' .. last .. ' (' .. added .. ')', reason)
end
redis.call('HSET', DELIVERED, 'count', added)
