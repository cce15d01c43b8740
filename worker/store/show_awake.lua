--[[
Shows that a pacemaker is at work, and finds out whether the store's clock was set back: it must be neither behind the
latest time that pacemakers have shown, nor behind the newest journal entry.

KEYS  1 awake  2 journal  3 beat
ARGV  1 for how many seconds to show it; 0 to write nothing
Returns for how many ms the clock is behind; 0 if it is not.
]]
local AWAKE, JOURNAL, BEAT = unpack(KEYS)
local seconds = tonumber(ARGV[1])

local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local latest_ms = now_ms

local function consider(ms)
  if ms and ms > latest_ms then latest_ms = ms end
end

-- Another program may have overwritten either.
local shown = redis.pcall('GET', AWAKE)
if type(shown) == 'string' then consider(tonumber(shown)) end
local newest = redis.pcall('XREVRANGE', JOURNAL, '+', '-', 'COUNT', 1)
if newest[1] then consider(tonumber(string.match(newest[1][1], '^%d+'))) end

if seconds > 0 then
  redis.call('SET', AWAKE, string.format('%.0f', latest_ms), 'EX', seconds)
  redis.call('SET', BEAT, string.format('%.0f', now_ms))
end
return latest_ms - now_ms
