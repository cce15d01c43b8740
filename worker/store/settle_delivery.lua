--[[
Records what became of notices at one sink, if this process still holds the sink's lease, and renews the lease.

KEYS  1 lease  2 cursors: hash by sink  3 what waits there: hash by outbox id  4 receipts: stream  5 dead letters: hash
ARGV  1 the sink  2 this holder's token  3 how often it has renewed the lease  4 how long the lease lasts, ms
      5 the cursor: the last outbox entry dealt with; '' leaves it
      then for each notice: outbox id, its state while it waits (JSON; '' takes it off the list), '1' if it is a dead
      letter, a receipt (JSON; '' for none)
Returns 1; nothing if another holds the lease, and then nothing is written.
]]
local LEASE, CURSORS, WAITING, RECEIPTS, DEAD = unpack(KEYS)
local sink, token, renewals, lease_ms, cursor = unpack(ARGV, 1, 5)
if string.match(redis.call('GET', LEASE) or '', '^%S*') ~= token then return end
for at = 6, #ARGV, 4 do
  local id, state, is_dead, receipt = unpack(ARGV, at, at + 3)
  if state == '' then
    redis.call('HDEL', WAITING, id)
  else
    redis.call('HSET', WAITING, id, state)
  end
  if is_dead ~= '' then redis.call('HSET', DEAD, sink .. ' ' .. id, receipt) end
  if receipt ~= '' then redis.call('XADD', RECEIPTS, '*', 'receipt', receipt) end
end
if cursor ~= '' then redis.call('HSET', CURSORS, sink, cursor) end
redis.call('SET', LEASE, token .. ' ' .. renewals, 'PX', lease_ms)
return 1
