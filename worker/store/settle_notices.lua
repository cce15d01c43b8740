--[[
Settles notices, and counts them: a group that is made again goes on behind the last, and a notice that was removed
unread is missed.

KEYS  1 outbox  2 delivered
ARGV  1 the delivery group  2... ids, in order
]]
local OUTBOX, DELIVERED = unpack(KEYS)
local settled = redis.call('XACK', OUTBOX, unpack(ARGV))
if settled == 0 then return end
redis.call('HSET', DELIVERED, 'last', ARGV[#ARGV])
-- Without a count, which somebody removed, count_removed.lua begins again.
if redis.call('HEXISTS', DELIVERED, 'count') == 1 then redis.call('HINCRBY', DELIVERED, 'count', settled) end
