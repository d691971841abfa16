-- Asks and counts all demands of one call in one step.
--
-- ARGV: how it counts (never, once, leave, redeem), the seconds that a receipt is good for, and for each demand
--   1 the limit            2 the counter                   3 the window
--   4 what the call adds; empty if there is no room whatever was counted
--   5 the most that a window holds                         6 the first window that is remembered when this one is the newest
-- Numbers are in plain decimal notation, as numbers of Lua are not exact.
-- KEYS: the receipt, then for each demand its horizon, the list of its windows, and its counts in the window.
-- Answers with 1 or 0 for each demand: whether there is room.

local DIGITS = 4096

local function parts(number)
  local whole, fraction = string.match(number, '^(%d+)%.?(%d*)$')
  if not whole then
    error('policyc: a count is damaged')
  end
  return whole, fraction
end

local function zeros(count)
  return string.rep('0', count)
end

-- The sum of two numbers, in parts of digits that Lua adds exactly.
local function add(left, right)
  local left_whole, left_fraction = parts(left)
  local right_whole, right_fraction = parts(right)
  local scale = math.max(#left_fraction, #right_fraction)
  local digits = math.max(#left_whole, #right_whole)
  left = zeros(digits - #left_whole) .. left_whole .. left_fraction .. zeros(scale - #left_fraction)
  right = zeros(digits - #right_whole) .. right_whole .. right_fraction .. zeros(scale - #right_fraction)
  local sum, carry, last = '', 0, #left
  while last > 0 do
    local first = math.max(1, last - 13)
    local size = last - first + 1
    local part = tonumber(string.sub(left, first, last)) + tonumber(string.sub(right, first, last)) + carry
    carry = 0
    if part >= 10 ^ size then
      part = part - 10 ^ size
      carry = 1
    end
    sum = string.format('%0' .. size .. '.0f', part) .. sum
    last = first - 1
  end
  if carry == 1 then
    sum = '1' .. sum
  end
  local whole = string.gsub(string.sub(sum, 1, #sum - scale), '^0+(%d)', '%1')
  local fraction = string.gsub(string.sub(sum, #sum - scale + 1), '0+$', '')
  return whole, fraction
end

-- Whether a number is at most another. Neither has zeros in front.
local function at_most(whole, fraction, most)
  local most_whole, most_fraction = parts(most)
  if #whole ~= #most_whole then
    return #whole < #most_whole
  end
  if whole ~= most_whole then
    return whole < most_whole
  end
  local scale = math.max(#fraction, #most_fraction)
  return fraction .. zeros(scale - #fraction) <= most_fraction .. zeros(scale - #most_fraction)
end

-- What a counter holds after the call, or nothing if there is no room.
local function after(horizon, counts, counter, window, amount, most)
  local used = redis.call('HGET', counts, counter)
  if not used then
    local first = redis.call('HGET', horizon, 'first')
    if first and tonumber(window) < tonumber(first) then
      return nil
    end
    used = '0'
  end
  if amount == '' or #parts(used) > DIGITS then
    return nil
  end
  local whole, fraction = add(used, amount)
  if not at_most(whole, fraction, most) then
    return nil
  end
  return fraction == '' and whole or whole .. '.' .. fraction
end

-- Makes a window the newest of its limit, and forgets those that lie too far before it.
local function forget(limit, horizon, windows, window, first)
  local newest = redis.call('HGET', horizon, 'newest')
  if newest and tonumber(window) <= tonumber(newest) then
    return
  end
  redis.call('HSET', horizon, 'newest', window)
  local over = redis.call('ZRANGEBYSCORE', windows, '-inf', '(' .. first)
  for _, past in ipairs(over) do
    redis.call('DEL', '{policyc}:counts:' .. limit .. ':' .. past)
  end
  if #over > 0 then
    redis.call('ZREMRANGEBYSCORE', windows, '-inf', '(' .. first)
    local before = redis.call('HGET', horizon, 'first')
    if not before or tonumber(before) < tonumber(first) then
      redis.call('HSET', horizon, 'first', first)
    end
  end
end

local counting, patience = ARGV[1], tonumber(ARGV[2])
local receipt = KEYS[1]
local demands = (#KEYS - 1) / 3

if counting == 'redeem' then
  local unused = tonumber(redis.call('GET', receipt) or '0')
  if unused > 0 then
    if unused == 1 then
      redis.call('DEL', receipt)
    else
      redis.call('DECR', receipt)
    end
    local all = {}
    for at = 1, demands do
      all[at] = 1
    end
    return all
  end
end

local room, sums, all = {}, {}, true
for at = 1, demands do
  local key, argument = 3 * at - 1, 6 * at - 3
  local sum = after(KEYS[key], KEYS[key + 2], ARGV[argument + 1], ARGV[argument + 2], ARGV[argument + 3], ARGV[argument + 4])
  room[at] = sum and 1 or 0
  sums[at] = sum
  all = all and sum ~= nil
end
if counting ~= 'never' and all then
  for at = 1, demands do
    local key, argument = 3 * at - 1, 6 * at - 3
    local limit, counter, window = ARGV[argument], ARGV[argument + 1], ARGV[argument + 2]
    redis.call('HSET', KEYS[key + 2], counter, sums[at])
    redis.call('ZADD', KEYS[key + 1], window, window)
    forget(limit, KEYS[key], KEYS[key + 1], window, ARGV[argument + 5])
  end
  if counting == 'leave' then
    redis.call('INCR', receipt)
    redis.call('EXPIRE', receipt, patience)
  end
end
return room
