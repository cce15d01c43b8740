--[[
Finds inbox entries that somebody else deleted: the stream counts what was ever added, the commit script what was
settled, and what is neither settled nor there is lost. A loss is recorded once, and the count starts again from there.

KEYS  1 inbox  2 settled  3 losses
Returns nothing.
]]
local INBOX, SETTLED, LOSSES = unpack(KEYS)

-- The answer to XINFO has two whole entries: where they are large, that would hold up the store every second.
local LARGE = 1024 * 1024
local waiting = redis.call('XLEN', INBOX)
local bytes = waiting > 0 and redis.pcall('MEMORY', 'USAGE', INBOX, 'SAMPLES', 5)
if type(bytes) == 'number' and bytes > LARGE * waiting then return end

local added, length = 0, 0
local is_there = redis.call('EXISTS', INBOX) == 1
if is_there then
  local info = redis.call('XINFO', 'STREAM', INBOX)
  for at = 1, #info, 2 do
    if info[at] == 'entries-added' then added = info[at + 1] end
    if info[at] == 'length' then length = info[at + 1] end
  end
end
local deleted = added - length
local settled = tonumber(redis.call('GET', SETTLED) or '')
if settled == deleted and is_there then return end
redis.call('SET', SETTLED, deleted)
if not settled then return end

-- A count that went back: the stream was deleted with everything in it, and begun again.
local lost = deleted - settled
local is_known = is_there and lost > 0
local time = redis.call('TIME')
local ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('HSET', LOSSES, string.format('events-%d', ms), string.format(
  '{"id":"events-%d","code":"events_lost","noticed_at_ms":%d,"count":%s}', ms, ms, is_known and lost or 'null'))
