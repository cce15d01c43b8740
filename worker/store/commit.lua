--[[
The only writer. Writes one transition of one record, all of it or nothing; or, with no record, only settles inbox
entries that change nothing.

KEYS  1 record  2 timers  3 journal  4 outbox  5 inbox  6 rejects  7 simulation  8 wake
ARGV  1 booking
      2 version the stored record must have ("0": must not exist; "": no record is concerned)
      3 new version
      4 the worker's clock, Unix ms; is the commit time on a simulated store
      5 not before, Unix ms or ""    (a release at the deadline)
      6 not at or after, Unix ms or "" (a hand-over)
      7 deadline, Unix ms or ""
      8 ceiling, Unix ms or ""
      9 state
     10 attention, Unix ms or "": the timer
     11 the record's document
     12 the mark that stands for the commit's instant in the document and in outbound events
     13 the inbox's consumer group
     14 number of journal entries, then for each: body, hash
     .. number of outbound events, then each
     .. number of rejects, then for each: event, reason, detail, inbox id
     .. number of inbox ids to settle, then each
Returns { outcome, the commit's time in Unix ms }; outcomes are named in commit.py.
Everything is checked before the first write, since a script that fails is not rolled back.
]]
local COMMITTED, CONFLICT, TOO_EARLY, TOO_LATE, PAST_CEILING, ENDED, WITHOUT_CLOCK = 0, 1, 2, 3, 4, 5, 6

local now_ms
if redis.call('EXISTS', KEYS[7]) == 1 then
  now_ms = tonumber(ARGV[4])
else
  local time = redis.call('TIME')
  now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function rfc3339(ms)
  local days = math.floor(ms / 86400000)
  local rest = ms - days * 86400000
  local shifted = days + 719468
  local era = math.floor(shifted / 146097)
  local day_of_era = shifted - era * 146097
  local year_of_era = math.floor((day_of_era - math.floor(day_of_era / 1460) + math.floor(day_of_era / 36524)
    - math.floor(day_of_era / 146096)) / 365)
  local day_of_year = day_of_era
    - (365 * year_of_era + math.floor(year_of_era / 4) - math.floor(year_of_era / 100))
  local month_from_march = math.floor((5 * day_of_year + 2) / 153)
  local day = day_of_year - math.floor((153 * month_from_march + 2) / 5) + 1
  local month = month_from_march < 10 and month_from_march + 3 or month_from_march - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day, math.floor(rest / 3600000),
    math.floor(rest / 60000) % 60, math.floor(rest / 1000) % 60, rest % 1000)
end

local writes_record = ARGV[2] ~= ''
local stored = {}
if writes_record then
  stored = redis.call('HMGET', KEYS[1], 'version', 'state', 'deadline_ms', 'ceiling_ms', 'journal')
  if (stored[1] or '0') ~= ARGV[2] then return { CONFLICT, now_ms } end
  if ARGV[5] ~= '' and now_ms < tonumber(ARGV[5]) then return { TOO_EARLY, now_ms } end
  if ARGV[6] ~= '' and now_ms >= tonumber(ARGV[6]) then return { TOO_LATE, now_ms } end
  local ceiling = stored[4] or ''
  if ARGV[8] ~= '' and ARGV[7] ~= '' and tonumber(ARGV[7]) > tonumber(ARGV[8]) then
    return { PAST_CEILING, now_ms }
  end
  if ceiling ~= '' and (ARGV[8] ~= ceiling or (ARGV[7] ~= '' and tonumber(ARGV[7]) > tonumber(ceiling))) then
    return { PAST_CEILING, now_ms }
  end
  if stored[2] == 'held' and ARGV[9] == 'awaiting_booking' then return { ENDED, now_ms } end
  local ended = stored[2] == 'released' or stored[2] == 'closed'
  if ended and (ARGV[9] ~= stored[2] or ARGV[7] ~= (stored[3] or '')) then return { ENDED, now_ms } end
  local held_without_timer = ARGV[9] == 'held'
    and (ARGV[10] == '' or ARGV[7] == '' or tonumber(ARGV[10]) > tonumber(ARGV[7]))
  if held_without_timer or (ARGV[9] == 'closed' and ARGV[10] ~= '') then return { WITHOUT_CLOCK, now_ms } end
end

local committed_at = rfc3339(now_ms)
local mark = ARGV[12]
local function dated(text)
  return (string.gsub(text, mark, committed_at))
end

local at = 14
local function take()
  at = at + 1
  return ARGV[at - 1]
end

local doc = dated(ARGV[11])
local journal = stored[5] or ''
local entries = tonumber(take())
for number = 1, entries do
  local body, hash = take(), take()
  local record = number == entries and redis.sha1hex(doc) or ''
  local entry = string.sub(body, 1, -2) .. ',"hash":"' .. hash .. '","committed_at":"' .. committed_at
    .. (record == '' and '' or '","record":"' .. record)
    .. '","seal":"' .. redis.sha1hex(hash .. ':' .. committed_at .. ':' .. record) .. '"}'
  local id = redis.call('XADD', KEYS[3], '*', 'entry', entry)
  journal = journal == '' and id or journal .. ' ' .. id
end
for _ = 1, tonumber(take()) do
  redis.call('XADD', KEYS[4], '*', 'event', dated(take()))
end
for _ = 1, tonumber(take()) do
  local event, reason, detail, inbox_id = take(), take(), take(), take()
  local settled_by_another = inbox_id ~= '' and #redis.call('XRANGE', KEYS[5], inbox_id, inbox_id) == 0
  if not settled_by_another then
    redis.call('XADD', KEYS[6], '*', 'event', event, 'reason', reason, 'detail', detail, 'inbox_id', inbox_id)
  end
end
for _ = 1, tonumber(take()) do
  local id = take()
  redis.call('XACK', KEYS[5], ARGV[13], id)
  redis.call('XDEL', KEYS[5], id)
end

if writes_record then
  redis.call('HSET', KEYS[1], 'version', ARGV[3], 'state', ARGV[9], 'deadline_ms', ARGV[7], 'ceiling_ms', ARGV[8],
    'journal', journal, 'doc', doc)
  if ARGV[10] == '' then
    redis.call('ZREM', KEYS[2], ARGV[1])
  else
    redis.call('ZADD', KEYS[2], ARGV[10], ARGV[1])
    if redis.call('ZRANGE', KEYS[2], 0, 0)[1] == ARGV[1] then
      redis.call('XADD', KEYS[8], 'MAXLEN', 1, '*', 'attention_ms', ARGV[10])
    end
  end
end
return { COMMITTED, now_ms }
