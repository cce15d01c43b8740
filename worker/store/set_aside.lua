--[[
Renames keys of the wrong type, and streams that take no entry any more, so that the right one can be made: a key that
another program has overwritten must stop no release. What was in it is kept under the new name for a person.

KEYS  keys to check, then as many names to move them to
ARGV  for each key its type
Returns the keys that were moved.
]]
local LAST_ID = '18446744073709551615-18446744073709551615'
local moved = {}
for number, wanted in ipairs(ARGV) do
  local key, aside = KEYS[number], KEYS[#ARGV + number]
  local found = redis.call('TYPE', key).ok
  local may_be_full = found == 'stream' and wanted == 'stream' and not string.find(key, ':inbox$')
  local is_full = may_be_full and #redis.call('XRANGE', key, LAST_ID, LAST_ID) > 0
  if is_full or (found ~= wanted and found ~= 'none') then
    -- Of two that were set aside the first is kept: it tells more about what happened.
    if redis.call('RENAMENX', key, aside) == 0 then redis.call('DEL', key) end
    moved[#moved + 1] = key
  end
end
return moved
