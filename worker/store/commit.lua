--[[
The only writer of records. Commits transitions, each atomically and independently of the others in the call. A commit
without a record settles inbox entries, and may write rejects and alarms, or acknowledge one. Several go in one call, which
itself costs as much as a commit.

A commit writes, in this order: journal, acknowledgements, outbox with alarms, inbox (events about another number), rejects, record, timer. The call
then settles and counts the inbox entries of its commits, and writes `wake` if one of their timers is now the earliest of all.

KEYS  1 timers  2 journal  3 outbox  4 inbox  5 rejects  6 simulation  7 wake  8 reader fence
      9 settled  10 alarms  11 acknowledged  12... the record of each commit
ARGV  1 the worker's clock, Unix ms; the commit time on a simulated store
      2 the mark that stands for the commit time in documents and outbound events
      3 the inbox's consumer group
      4 the fence of the reader that commits; "" for anyone else
      then for each commit:
          its head, see commit_head.py: one argument
          booking
          the record's document; without a journal entry only the timer is set
          the document's digest, see journal.py
          for each alarm that is acknowledged: its field among the alarms, its id, who does it: JSON
          for each journal entry: body without its closing brace, its hash for the seal
          each outbound event
          for each alarm: its field among the alarms, its event
          each event for the inbox, about another number
          for each reject: event, reason, detail, inbox id
          the rest: inbox ids to settle
Returns { the commit time in Unix ms, the outcome of each commit }; outcomes are named in commit.py.
A script that fails is not rolled back, so types are checked before anything is written (a key of the wrong type
answers WRONGTYPE), and each commit is checked in full before its first write.
]]
local COMMITTED, CONFLICT, TOO_EARLY, TOO_LATE, PAST_CEILING, ENDED, WITHOUT_CLOCK, INBOX_FIRST, FENCED, NO_RECORD_KEY,
  NOT_WAITING = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local TIMERS, JOURNAL, OUTBOX, INBOX, REJECTS, SIMULATION, WAKE, READER_FENCE, SETTLED, ALARMS, ACKNOWLEDGED
  = unpack(KEYS, 1, 11)
local FIXED_KEYS = 11
local TYPES = { 'zset', 'stream', 'stream', 'stream', 'stream', 'hash', 'stream', 'string', 'string', 'hash', 'stream' }
-- How long after its deadline a booking that arrived late may wait for the rest of upstream's report.
local MOST_GRACE_MS = 600000

-- A stream that has this id takes no entry any more. What stands in such an inbox is worked all the same.
local LAST_ID = '18446744073709551615-18446744073709551615'

for number, wanted in ipairs(TYPES) do
  local key = KEYS[number]
  local found = redis.call('TYPE', key).ok
  if found ~= wanted and found ~= 'none' then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', must be a ' .. wanted)
  end
  if found == 'stream' and key ~= INBOX and #redis.call('XRANGE', key, LAST_ID, LAST_ID) > 0 then
    return redis.error_reply('WRONGTYPE ' .. key .. ' takes no entry any more: it has the last possible id')
  end
end

local starts_at_ms, real_start_ms, speed = unpack(redis.call('HMGET', SIMULATION, 'starts_at_ms', 'real_start_ms', 'speed'))
local now_ms
if starts_at_ms then
  now_ms = tonumber(ARGV[1])
else
  local time = redis.call('TIME')
  now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local is_fenced = ARGV[4] ~= '' and redis.call('GET', READER_FENCE) ~= ARGV[4]

-- When the oldest unsettled inbox entry arrived, Unix ms; settled ones are deleted. On a simulated store ids are real.
local oldest_arrival_ms
local function oldest_arrival()
  if not oldest_arrival_ms then
    local first = redis.call('XRANGE', INBOX, '-', '+', 'COUNT', 1)[1]
    oldest_arrival_ms = first and tonumber(string.match(first[1], '^%d+')) or math.huge
    if first and starts_at_ms then
      oldest_arrival_ms = tonumber(starts_at_ms) + (oldest_arrival_ms - tonumber(real_start_ms)) * tonumber(speed)
    end
  end
  return oldest_arrival_ms
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

local committed_at = rfc3339(now_ms)
local mark = ARGV[2]

local function dated(text)
  local first, last = string.find(text, mark, 1, true)
  if not first then return text end
  return string.sub(text, 1, first - 1) .. committed_at .. dated(string.sub(text, last + 1))
end

local at = 5
local function take()
  at = at + 1
  return ARGV[at - 1]
end

-- A record's head: version, state, deadline, ceiling. One field, since four take the store longer to write.
local NO_RECORD, RECORD_HEAD = '0   ', '^(%d+) (%S*) (%-?%d*) (%-?%d*)$'

-- Why a commit must not be made on a record with this head; nil if it may.
local function refusal(record_head, before, not_before, not_after, inbox_before, deadline, ceiling, state, attention)
  local stored_version, stored_state, stored_deadline, stored_ceiling = string.match(record_head, RECORD_HEAD)
  if stored_version ~= before then return CONFLICT end
  if not_before ~= '' and now_ms < tonumber(not_before) then return TOO_EARLY end
  if not_after ~= '' and now_ms >= tonumber(not_after) then return TOO_LATE end
  if inbox_before ~= '' and oldest_arrival() < tonumber(inbox_before) then return INBOX_FIRST end
  if ceiling ~= '' and deadline ~= '' and tonumber(deadline) > tonumber(ceiling) then return PAST_CEILING end
  local passes = deadline ~= '' and stored_ceiling ~= '' and tonumber(deadline) > tonumber(stored_ceiling)
  -- Of two bookings that are merged the lower ceiling stands; otherwise it stays what it is.
  local is_raised = stored_ceiling ~= '' and (ceiling == '' or tonumber(ceiling) > tonumber(stored_ceiling))
  if passes or is_raised then return PAST_CEILING end
  if state == 'awaiting_booking' and stored_state ~= '' and stored_state ~= state then return ENDED end
  -- A release is never undone. A closed record may be held again, with the deadline that its facts give by then, and
  -- in the same commit be released or closed once more.
  if stored_state == 'released' and (state ~= stored_state or deadline ~= stored_deadline) then return ENDED end
  if state == 'closed' and attention ~= '' then return WITHOUT_CLOCK end
  if state == 'held' then
    if attention == '' or deadline == '' then return WITHOUT_CLOCK end
    local latest = tonumber(deadline)
    if latest <= now_ms then latest = now_ms + MOST_GRACE_MS end
    if tonumber(attention) > latest then return WITHOUT_CLOCK end
  end
end

-- Of the same alarm: how many earlier details and bookings are kept beside the newest.
local MOST_KEPT = 20

-- A waiting alarm; nil where there is none that can be read.
local function read_alarm(text)
  local is_json, alarm = pcall(cjson.decode, text or '')
  if is_json and type(alarm) == 'table' and alarm.id and tonumber(alarm.count) then return alarm end
end

-- The list with this one in front, which it had further back or not at all.
local function in_front(list, one)
  local kept = { one }
  for _, other in ipairs(list or {}) do
    if other ~= one and #kept < MOST_KEPT then kept[#kept + 1] = other end
  end
  return kept
end

-- While the same alarm waits for a person, it counts. Otherwise it is a new one, and a notice is sent.
local function raise(same, event)
  local sent = cjson.decode(event)
  local alarm = read_alarm(redis.call('HGET', ALARMS, same))
  if alarm then
    alarm.count = alarm.count + 1
    if sent.data.detail ~= alarm.detail then alarm.earlier = in_front(alarm.earlier, alarm.detail) end
    if sent.subject ~= alarm.subject then alarm.others = in_front(alarm.others, sent.subject) end
  else
    alarm = { id = sent.id, code = sent.data.code, subject = sent.subject, source = sent.data.source, count = 1,
      first_at_ms = now_ms }
    redis.call('XADD', OUTBOX, '*', 'event', event)
  end
  alarm.detail, alarm.last_at_ms = sent.data.detail, now_ms
  redis.call('HSET', ALARMS, same, cjson.encode(alarm))
end

-- An acknowledgement names the digest of the one before it, so that none can be changed or taken out unseen.
local function acknowledge(same, waiting, by)
  local before = redis.call('XREVRANGE', ACKNOWLEDGED, '+', '-', 'COUNT', 1)[1]
  local entry = '{"alarm":' .. waiting .. ',"at":"' .. committed_at .. '","before":"'
    .. (before and redis.sha1hex(before[2][2]) or '') .. '",' .. string.sub(by, 2)
  redis.call('XADD', ACKNOWLEDGED, '*', 'entry', entry)
  redis.call('HDEL', ALARMS, same)
end

local timed = {}
local settled = {}

local COMMIT_HEAD = '^%d+' .. string.rep(' (%S*)', 9) .. string.rep(' (%d+)', 6) .. '$'

local function commit(record, head)
  local before, version, not_before, not_after, inbox_before, deadline, ceiling, state, attention,
    acknowledged, entries, outbound, alarms, forwards, rejects = string.match(head, COMMIT_HEAD)
  local booking, doc, doc_digest = take(), take(), take()
  local record_head, journal
  if before ~= '' then
    local stored = redis.pcall('HMGET', record, 'head', 'journal')
    if stored.err then return NO_RECORD_KEY end
    record_head, journal = unpack(stored)
    local refused = refusal(record_head or NO_RECORD, before, not_before, not_after, inbox_before, deadline, ceiling,
      state, attention)
    if refused then return refused end
  end

  local attended = {}
  for number = 1, tonumber(acknowledged) do
    local same, id, by = take(), take(), take()
    local waiting = redis.call('HGET', ALARMS, same)
    local alarm = read_alarm(waiting)
    if not alarm or alarm.id ~= id then return NOT_WAITING end
    attended[number] = { same, waiting, by }
  end

  local last = tonumber(entries)
  local is_written = last > 0
  if is_written then doc = dated(doc) end
  for number = 1, last do
    local body, hash = take(), take()
    local digest = number == last and doc_digest or ''
    local entry = body .. ',"committed_at":"' .. committed_at
      .. (digest == '' and '' or '","record":"' .. digest)
      .. '","seal":"' .. redis.sha1hex(hash .. ':' .. committed_at .. ':' .. digest) .. '"}'
    local id = redis.call('XADD', JOURNAL, '*', 'entry', entry)
    journal = journal and journal .. ' ' .. id or id
  end
  for _, one in ipairs(attended) do acknowledge(unpack(one)) end
  for _ = 1, tonumber(outbound) do
    redis.call('XADD', OUTBOX, '*', 'event', dated(take()))
  end
  for _ = 1, tonumber(alarms) do
    local same, event = take(), dated(take())
    raise(same, event)
  end
  for _ = 1, tonumber(forwards) do
    redis.call('XADD', INBOX, '*', 'event', take())
  end
  for _ = 1, tonumber(rejects) do
    local event, reason, detail, inbox_id = take(), take(), take(), take()
    local settled_by_another = inbox_id ~= '' and #redis.call('XRANGE', INBOX, inbox_id, inbox_id) == 0
    if not settled_by_another then
      redis.call('XADD', REJECTS, '*', 'event', event, 'reason', reason, 'detail', detail, 'inbox_id', inbox_id)
    end
  end
  if before ~= '' then
    if is_written then
      record_head = version .. ' ' .. state .. ' ' .. deadline .. ' ' .. ceiling
      redis.call('HSET', record, 'head', record_head, 'journal', journal, 'doc', doc)
    end
    if attention == '' then
      redis.call('ZREM', TIMERS, booking)
    else
      redis.call('ZADD', TIMERS, attention, booking)
      timed[booking] = true
    end
  end
  return COMMITTED
end

local answer = { now_ms }
for number = 1, #KEYS - FIXED_KEYS do
  local head = take()
  local after = at + tonumber(string.match(head, '^%d+'))
  local outcome = is_fenced and FENCED or commit(KEYS[FIXED_KEYS + number], head)
  if outcome == COMMITTED then
    while at < after do settled[#settled + 1] = take() end
  end
  at = after
  answer[number + 1] = outcome
end
if #settled > 0 then
  local acknowledged = redis.call('XACK', INBOX, ARGV[3], unpack(settled))
  local deleted = redis.call('XDEL', INBOX, unpack(settled))
  -- Less than `deleted` where somebody has destroyed the group, more where somebody has deleted what was being applied.
  -- Never an error here, after the writes: another program may have put no number there.
  redis.pcall('INCRBY', SETTLED, math.max(acknowledged, deleted))
end
if next(timed) then
  local first = redis.call('ZRANGE', TIMERS, 0, 0, 'WITHSCORES')
  if timed[first[1]] then redis.call('XADD', WAKE, 'MAXLEN', 1, '*', 'attention_ms', first[2]) end
end
return answer
